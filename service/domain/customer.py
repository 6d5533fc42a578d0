"""One customer: facts, standing, and what has been announced."""

from schemas.inbound import AppInteraction, Event, OrderPaid
from schemas.outbound import Announcement
from schemas.profile import Profile
from service.domain import calm, standing
from service.domain.announcements import announcements
from service.domain.calendar import NEVER, midnight
from service.domain.closings import Closings
from service.domain.facts import MOST_EVENT_IDS, Facts
from service.domain.headroom import Headroom, headroom, renewed
from service.domain.names import Names, carried, names, nothing_said
from service.domain.occasion import Occasion, by_event
from service.domain.policy import Policy
from service.domain.profiles import profile
from service.domain.state import State
from service.domain.view import View


class Customer:
    """Facts and standing of one customer, as of a business day, under one version of the policy.

    `opened` is the opening of the as-of day: in-order events step from it, everything else walks again from one of the
    `closings`. While there is `headroom`, events need no derivation in full. `packed` is for whoever keeps customers as bytes,
    as in the facts.
    """

    __slots__ = (
        "announced",
        "closed",
        "closings",
        "due",
        "facts",
        "headroom",
        "id",
        "opened",
        "packed",
        "position",
        "sequence",
        "version",
    )

    def __init__(self, customer_id: str, facts: Facts, opened: State, version: int) -> None:
        self.id = customer_id
        self.facts = facts
        self.version = version
        """The version of the policy that the states are under."""
        self.closings = Closings(facts)
        self.closed: State | None = None
        """The closing of the as-of day, while it is known (in memory only); headroom says that it has the opening's names."""
        self.opened = opened
        self.announced: Names | None = None
        self.sequence = 0
        self.position = -1
        self.due = NEVER
        self.headroom: Headroom | None = None
        self.packed: object = None

    @classmethod
    def enrolled(cls, customer_id: str, day: int, policy: Policy) -> "Customer":
        """A customer of whom nothing is known yet, as of `day`."""
        return cls(customer_id, Facts(day), standing.first_opening(day, policy), policy.version)

    @property
    def as_of(self) -> int:
        """The business day that the standing is of."""
        return self.opened.day

    def bring_to(self, day: int, policy: Policy) -> list[Announcement]:
        """Let time pass up to the opening of `day`, each change as of the day it falls due."""
        before = self.opened.day
        if day <= before and day < self.due:
            return []
        said: list[Announcement] = []
        while self.due <= day:
            self._open(self.due, policy, calmly=False)
            said += self._derive(policy, Occasion("time", midnight(self.as_of, policy.frame.zone)))
        if day > self.opened.day:
            self._open(day, policy, calmly=True)
        if self.opened.day > before and self.opened.day >= self.closings.moves_on:
            self.closings.move_on(self.opened.day, policy)
        return said

    def fold(self, event: Event, day: int, fingerprint: int, policy: Policy) -> list[Announcement]:
        """Let an event happen; the customer has been brought to the event's day before."""
        today = self.opened.day
        if len(self.facts.events) == MOST_EVENT_IDS:  # so that none that is past its bound counts
            self.facts.events.forget(today - policy.frame.late_days)
        changed = self.facts.fold(event, day, fingerprint, policy.frame)
        if changed < today:
            self.opened, self.headroom = self.closings.walk_again(changed, today, policy), None
        elif self._takes_calmly(event, policy):
            return []
        return self._derive(policy, by_event(event, late=day < today))

    def adopt(self, policy: Policy, before: Policy, occasion: Occasion) -> list[Announcement]:
        """Follow other rules from now on; the customer has been brought to the day of their activation before."""
        self.opened = self.closings.adopt(policy, before, self.as_of)
        self.closed, self.headroom, self.version = None, None, policy.version
        if self.announced is not None:
            self.announced = carried(self.announced, before, policy)
        return self._derive(policy, occasion)

    def say_again(self, policy: Policy, occasion: Occasion) -> list[Announcement]:
        """The difference to what has been announced, however it came about."""
        return self._derive(policy, occasion)

    def say_since(self, said: Names | None, sequence: int, policy: Policy, occasion: Occasion) -> list[Announcement]:
        """Announce the difference to what has been said so far, whatever is kept of it; numbered from `sequence` + 1."""
        self.sequence = sequence
        if said == self.announced:
            return []
        self.announced = said
        return self._derive(policy, occasion)

    def profile(self, policy: Policy, position: int) -> Profile:
        """The profile as of the customer's day; `position`: offset of the last record read."""
        return profile(self._closed(policy), self._view(policy), policy, self.sequence, position)

    def _closed(self, policy: Policy) -> State:
        if self.closed is None:
            self.closed = self._closed_calmly(policy) or standing.closing(self.opened, self._view(policy), policy)
        return self.closed

    def _closed_calmly(self, policy: Policy) -> State | None:
        """The closing where there is headroom; None when a name may be another one."""
        if (room := self.headroom) is None:
            return None
        if policy.churn is None:  # nothing moves with an order but the risk
            return self.opened
        days = calm.purchase_days(self.facts, self.as_of)
        if days.last < self.as_of:
            return self.opened
        found = calm.bought(self.opened, self.opened, room, days, policy)
        return None if found is None else found.closed

    def _view(self, policy: Policy) -> View:
        return standing.closing_view(self.as_of, self.facts, policy)

    def _open(self, day: int, policy: Policy, *, calmly: bool) -> None:
        """Straight to a day no later than the due day (`calmly`: before it): nothing is known of later days."""
        closed = self._closed(policy)
        self.closings.remember(closed)
        if calmly and self.headroom is not None:
            self.opened = calm.opening(closed, day, self.headroom)
        else:
            self.opened, self.headroom = standing.opening(closed, day, self.facts, policy), None
        self.closed = None

    def _takes_calmly(self, event: Event, policy: Policy) -> bool:
        """Whether an event of the as-of day is too small to change a name; what it does change is done."""
        room, seen = self.headroom, self.closed or self.opened
        if room is None:
            return False
        if isinstance(event, OrderPaid):
            paid = event.data.amount_minor
            left = room.after(1, paid, 0) or renewed(room, 1, paid, 0, seen, self.facts, policy)
            days = calm.purchase_days(self.facts, self.as_of)
            found = None if left is None else calm.bought(self.opened, seen, left, days, policy)
            if found is not None:
                self.closed, self.due, self.headroom = found.closed, found.due, found.headroom
            return found is not None
        if isinstance(event, AppInteraction):
            weight = policy.engagement.get(event.data.kind, 0)
            self.headroom = room.after(0, 0, weight) or renewed(room, 0, 0, weight, seen, self.facts, policy)
            return self.headroom is not None
        return False

    def _derive(self, policy: Policy, occasion: Occasion) -> list[Announcement]:
        view = self._view(policy)
        closed = self.closed = standing.closing(self.opened, view, policy)
        now = names(closed, view, policy)
        steady_until, changes_on = standing.outlook(closed, view, policy)
        notice = standing.next_notice(closed, view, policy)
        self.due = min(changes_on, notice)
        self.headroom = None if any(now.expiring) else headroom(closed, view, policy, min(steady_until, notice))
        if now == self.announced:
            return []
        before = nothing_said(policy) if self.announced is None else self.announced
        said = announcements(self.id, self.sequence, before, now, closed, view, policy, occasion)
        self.sequence += len(said)
        self.announced = now
        return said
