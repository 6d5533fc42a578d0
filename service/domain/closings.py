"""The closings of a customer that are kept: what changes an earlier day is walked again from the newest before it."""

from service.domain import policy_change, standing
from service.domain.facts import Facts
from service.domain.policy import Policy
from service.domain.state import State

STEP = 32
"""In days, between the checkpoints."""
ANCHOR_STEP = 128
"""The anchor moves at most every so many days, for it walks all of them: the later, the more days the ledger keeps."""
WORTH_FORGETTING = 8
"""And only when the ledger can then forget so many days, for that is what it moves for."""


class Closings:
    """`anchor` is a closing more than `keep_days` before the as-of day (None: that before enrolment), `checkpoints` are at most
    two after it, the older one first: a few weeks and a month or two old.
    """

    __slots__ = ("_facts", "anchor", "checkpoints", "moves_on")

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.anchor: State | None = None
        self.checkpoints: tuple[State, ...] = ()
        self.moves_on = 0
        """No day before this moves the anchor or forgets an id."""

    def remember(self, closed: State) -> None:
        """A closing is a new checkpoint when it is far enough from the last."""
        last = self.checkpoints[-1].day if self.checkpoints else self._anchor_day
        if closed.day >= last + STEP:
            self.checkpoints = (*self.checkpoints[-1:], closed)

    def walk_again(self, changed: int, as_of: int, policy: Policy) -> State:
        """The opening of the as-of day, from the newest closing before a day that is not what it was."""
        self.checkpoints = tuple([closed for closed in self.checkpoints if closed.day < changed])
        if self.checkpoints:
            return self._walk(self.checkpoints[-1], as_of, policy, settled=True)
        return self._walk(self._anchor(policy), as_of, policy, settled=False)

    def adopt(self, policy: Policy, before: Policy, as_of: int) -> State:
        """The opening of the as-of day under other rules, which follow those of `before`."""
        facts, day = self._facts, as_of - policy.frame.keep_days
        if day < facts.enrolled_on:
            start = standing.before_enrolment(facts, policy)
        else:
            start = self.anchor = policy_change.carried(self._closing_of(day, before), facts, before, policy)
        self.checkpoints, self.moves_on = (), 0
        return self._walk(start, as_of, policy, settled=False)

    def move_on(self, as_of: int, policy: Policy) -> None:
        """Move the anchor where that is worth it, and forget what can't be reached any more."""
        # A day before the anchor's: a late event or refund may still reach the day that lies keep_days back.
        day, facts = as_of - policy.frame.keep_days - 1, self._facts
        if day >= self._anchor_day + ANCHOR_STEP and self._is_worth_an_anchor(day, policy):
            known = [each for each in self.checkpoints if each.day <= day and self._is_worth_an_anchor(each.day, policy)]
            self.anchor = anchor = known[-1] if known else self._closing_of(day, policy)
            # What windows hold before the anchor is forgotten: nothing is walked from earlier closings any more.
            self.checkpoints = tuple([closed for closed in self.checkpoints if closed.day > anchor.day])
            terms = [state.term_from for state in anchor.tiers if state.held_until is not None]
            facts.forget(min(anchor.day - policy.longest_window, *terms, anchor.day), as_of, policy.frame)
        else:
            facts.forget_ids(as_of, policy.frame)
        may_move, forgets = self._anchor_day + ANCHOR_STEP + policy.frame.keep_days + 1, facts.forgets_on(as_of)
        self.moves_on = min(may_move, forgets) if may_move > as_of else forgets

    @property
    def _anchor_day(self) -> int:
        return self._facts.enrolled_on - 1 if self.anchor is None else self.anchor.day

    def _anchor(self, policy: Policy) -> State:
        return self.anchor if self.anchor is not None else standing.before_enrolment(self._facts, policy)

    def _closing_of(self, day: int, policy: Policy) -> State:
        """The closing of a day from the anchor's on."""
        anchor = self._anchor(policy)
        if day <= anchor.day:
            return anchor
        opened = standing.walk(anchor, day, self._facts, policy, [], settled=False)
        return standing.closing(opened, standing.closing_view(day, self._facts, policy), policy)

    def _walk(self, start: State, until: int, policy: Policy, *, settled: bool) -> State:
        """To the opening of a day, through checkpoints."""
        closings: list[State] = []
        opened = standing.walk(start, until, self._facts, policy, closings, settled=settled)
        for closed in closings:
            self.remember(closed)
        return opened

    def _is_worth_an_anchor(self, day: int, policy: Policy) -> bool:
        return self._facts.days_before(day - policy.longest_window) >= WORTH_FORGETTING
