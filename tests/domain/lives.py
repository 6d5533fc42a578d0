"""A customer under a policy, driven day by day as the partition drives him."""

from datetime import UTC, datetime, timedelta

from schemas.inbound import Event
from schemas.outbound import Announcement, Said
from service.domain import standing
from service.domain.customer import Customer
from service.domain.policy import Policy
from service.domain.policy_file import parse_policy
from service.domain.standing import closing_view
from service.domain.state import State
from tests.domain.histories import order_event

POLICY = """
name = "test"
version = 3

[frame]
time_zone = "UTC"
currency = "USD"
late_days = 60
refund_horizon_days = 30
keep_days = 100
settle_minutes = 0

[rfm]
window_days = 50
settle_days = 5
recency_days = [2, 5, 10, 20]
orders = [1, 2, 4, 8]
spend_minor = [100, 300, 700, 1500]

[[scheme]]
name = "membership"
hold = { kind = "rolling", grace_days = 2 }
notice_days = 4

[[scheme.tier]]
name = "regular"

[[scheme.tier]]
name = "silver"
entry = { all = [{ measure = "spend_minor", window = "rolling 30", at_least = 500 }] }
keep = { any = [
    { measure = "orders", window = "rolling 20", at_least = 1 },
    { measure = "spend_minor", window = "rolling 30", at_least = 900 },
] }

[[scheme]]
name = "club"
hold = { kind = "term", days = 30, grace_days = 3 }

[[scheme.tier]]
name = "guest"

[[scheme.tier]]
name = "member"
entry = { all = [{ measure = "spend_minor", window = "rolling 10", at_least = 800 }] }
keep = { all = [
    { measure = "orders", window = "term", at_least = 1 },
    { measure = "spend_minor", window = "rolling 30", at_least = 100 },
] }

[lifecycle]
typical_gap_days = 10
dormant = { gaps = 3.0, min_days = 5, max_days = 100 }
churned = { gaps = 6.0, min_days = 20, max_days = 200 }

[churn]

[engagement]
weights = { app-open = 1 }
"""


class Life:
    """One customer, enrolled with his first event; days are counted from 1970-01-01."""

    def __init__(self, text: str = POLICY) -> None:
        self.policy = parse_policy(text)
        self.customer: Customer | None = None

    def meets(self, event: Event, day: int, fingerprint: int = 1) -> list[Announcement]:
        """An event of a day happens; what is said of the event, after what time has said."""
        if self.customer is None:
            self.customer = Customer.enrolled("c-1", day, self.policy)
        event.time = datetime(1970, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
        passed = list(self.customer.bring_to(max(day, self.customer.as_of), self.policy))
        return [*passed, *self.customer.fold(event, day, fingerprint, self.policy)]

    def waits(self, day: int) -> list[Announcement]:
        """Time passes up to the opening of a day."""
        assert self.customer is not None
        return list(self.customer.bring_to(day, self.policy))


def said(announcements: list[Announcement]) -> list[Said]:
    """The data of what was said."""
    return [announcement.data for announcement in announcements]


def names(announcements: list[Announcement]) -> list[str]:
    """In short: where, what it has become, why, on which day."""
    return [f"{each.sequence} {each.type} {to(each.data)} {getattr(each.data, 'reason', '-')}" for each in announcements]


def to(data: Said) -> str | None:
    """What something has become."""
    for name in ("to_tier", "tier", "to_segment", "to_stage", "to_level"):
        if hasattr(data, name):
            return str(getattr(data, name))
    return None


def of(life: Life) -> Customer:
    """The customer, who has been enrolled."""
    assert life.customer is not None
    return life.customer


def every_day(customer: Customer, policy: Policy) -> State:
    """The opening of the customer's day, every day since the enrolment asked."""
    state = standing.before_enrolment(customer.facts, policy)
    for day in range(customer.facts.enrolled_on, customer.as_of):
        opened = standing.opening(state, day, customer.facts, policy)
        state = standing.closing(opened, closing_view(day, customer.facts, policy), policy)
    return standing.opening(state, customer.as_of, customer.facts, policy)


def closing_of(customer: Customer, day: int, policy: Policy) -> State:
    """The closing of a day, every day since the anchor asked, or since the enrolment."""
    facts = customer.facts
    state = customer.closings.anchor or standing.before_enrolment(facts, policy)
    for each in range(state.day + 1, day + 1):
        state = standing.closing(standing.opening(state, each, facts, policy), closing_view(each, facts, policy), policy)
    return state


def enrolled(day: int = 5, cents: int = 10) -> Life:
    """Somebody with a first order."""
    life = Life()
    life.meets(order_event(cents, "first"), day)
    return life


def late_life() -> Life:
    """Six orders, all of them small, on days 5 to 41."""
    life = enrolled()
    for day in (8, 12, 20, 33, 41):
        life.meets(order_event(60, f"o-{day}"), day)
    return life


def regular(until: int) -> Life:
    """An order a week."""
    life = enrolled()
    for day in range(12, until, 7):
        life.meets(order_event(60, f"o-{day}"), day)
    return life
