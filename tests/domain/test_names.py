"""Names: what of a standing is announced, and what of it goes on under other rules."""

from dataclasses import replace

from service.domain import names
from service.domain.churn import ChurnState
from service.domain.lifecycle import LifecycleState
from service.domain.names import Names
from service.domain.policy import Policy
from service.domain.rfm import SegmentState
from service.domain.state import State
from service.domain.tier_outlook import Expiring
from service.domain.tier_state import TierState
from tests.domain.histories import History
from tests.domain.lives import Life

POLICY = Life().policy
"""`membership` (rolling, a notice four days before) and `club` (a term, no notice)."""

GUEST = TierState(0, 1)


def state(membership: TierState, club: TierState = GUEST, stage: str | None = "repeat", level: int = 0) -> State:
    return State(9, (membership, club), SegmentState("champions"), LifecycleState(stage), ChurnState(level))


def test_each_scheme_has_the_name_of_its_tier() -> None:
    found = names.names(state(TierState(1, 3), TierState(1, 4)), History().order(9).view(9), POLICY)

    assert found.tiers == ("silver", "member")
    assert (found.segment, found.stage, found.level) == ("champions", "repeat", "low")


def test_a_notice_says_for_which_tier_and_since_when() -> None:
    soon = History().order(9, 400).view(25)  # keep fails on day 29: the order of day 9 has left the 20 days

    assert names.names(state(TierState(1, 3)), soon, POLICY).expiring == (Expiring("silver", 3, None), None)


def test_there_is_no_notice_while_the_check_is_far() -> None:
    far = History().order(9, 400).view(24)

    assert names.names(state(TierState(1, 3)), far, POLICY).expiring == (None, None)


def test_a_scheme_without_notice_days_has_no_notice() -> None:
    silent = replace(POLICY, schemes=tuple(replace(scheme, notice_days=None) for scheme in POLICY.schemes))
    soon = History().order(9, 400).view(25)

    assert names.names(state(TierState(1, 3)), soon, silent).expiring == (None, None)


def test_a_notice_of_a_term_names_its_end() -> None:
    told = replace(POLICY, schemes=tuple(replace(scheme, notice_days=4) for scheme in POLICY.schemes))
    held = TierState(1, 3, held_until=28, term_from=4)

    assert names.names(state(TierState(0, 3), held), History().view(26), told).expiring == (None, Expiring("member", 3, 28))


def test_the_level_is_the_one_that_the_stage_raises() -> None:
    floors = names.names(state(TierState(0, 3), stage="dormant"), History().order(9).view(9), POLICY)

    assert floors.level == "medium"


def test_without_churn_rules_there_is_no_level() -> None:
    found = names.names(state(TierState(0, 3)), History().order(9).view(9), replace(POLICY, churn=None))

    assert found.level is None


def test_before_enrolment_nothing_has_been_said_of_any_scheme() -> None:
    assert names.nothing_said(POLICY) == Names((None, None), (None, None), None, None, None)


NOTICE = Expiring("silver", 3, None)
SAID = Names(("silver", "member"), (NOTICE, None), "champions", "repeat", "low")


def other_schemes(*order: int, new: str | None = None) -> Policy:
    schemes = [POLICY.schemes[number] for number in order]
    if new is not None:
        schemes.append(replace(POLICY.schemes[0], name=new))
    return replace(POLICY, schemes=tuple(schemes))


def test_what_was_said_goes_with_the_name_of_the_scheme() -> None:
    carried = names.carried(SAID, POLICY, other_schemes(1, 0))

    assert carried == SAID._replace(tiers=("member", "silver"), expiring=(None, NOTICE))


def test_of_a_new_scheme_nothing_was_said() -> None:
    assert names.carried(SAID, POLICY, other_schemes(0, new="stars")).tiers == ("silver", None)
    assert names.carried(SAID, POLICY, other_schemes(0, new="stars")).expiring == (NOTICE, None)


def test_segment_stage_and_level_that_were_said_go_on() -> None:
    carried = names.carried(SAID, POLICY, other_schemes(1))

    assert (carried.segment, carried.stage, carried.level) == ("champions", "repeat", "low")
