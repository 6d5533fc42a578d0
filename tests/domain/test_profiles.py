"""The profile: a customer's whole standing in numbers."""

from datetime import date

from schemas.inbound import Feedback
from schemas.profile import Churn, Lifecycle, Profile, Rfm, Totals
from service.domain.churn_model import outlook
from tests.domain.histories import feedback_event, interaction_event, order_event, refund_event
from tests.domain.lives import POLICY, Life


def profile(life: Life) -> Profile:
    assert life.customer is not None
    return life.customer.profile(life.policy, position=77)


def bought() -> Life:
    life = Life()
    life.meets(order_event(901, "o"), 5)
    life.meets(order_event(400, "p"), 9)
    life.meets(interaction_event("share", "i"), 9)
    life.meets(interaction_event("app-open", "j"), 10)
    return life


def test_it_says_of_whom_when_and_by_which_rules() -> None:
    found = profile(bought())

    assert (found.as_of, found.policy, found.position, found.open_complaints) == (date(1970, 1, 11), "test@3", 77, 0)
    assert found.sequence == 6  # five at enrolment, then the stage


def test_totals_are_of_a_lifetime_and_the_average_is_half_up() -> None:
    assert profile(bought()).totals == Totals(2, 1301, 2, date(1970, 1, 6), date(1970, 1, 10), average_order_minor=651)


def test_rfm_and_segment() -> None:
    assert profile(bought()).rfm == Rfm(1, 2, 1301, 2, r=5, f=2, m=4, segment="Promising")


def test_tiers_with_since_and_the_end_of_the_term() -> None:
    tiers = profile(bought()).tiers

    assert list(tiers) == ["membership", "club"]
    assert (tiers["membership"].tier, tiers["membership"].since, tiers["membership"].held_until) == (
        "silver",
        date(1970, 1, 6),
        None,
    )
    assert (tiers["club"].tier, tiers["club"].since, tiers["club"].held_until) == ("member", date(1970, 1, 6), date(1970, 2, 4))
    assert tiers["club"].next is None
    assert tiers["club"].keep is not None
    assert (tiers["club"].keep.check_on, tiers["club"].keep.missing) == (date(1970, 2, 5), None)


def test_the_stage_and_when_silence_would_change_it() -> None:
    assert profile(bought()).lifecycle == Lifecycle("repeat", date(1970, 1, 10), 10, date(1970, 2, 9), date(1970, 3, 11))


def test_the_risk_is_rounded_when_written() -> None:
    found = profile(bought()).churn

    assert isinstance(found, Churn)
    assert (found.level, found.horizon_days) == ("low", 30)
    assert found.p_no_order == round(found.p_no_order, 6)
    assert found.expected_orders == round(found.expected_orders, 4)


def test_engagement_counts_every_kind_of_the_last_90_days() -> None:
    life = bought()
    assert profile(life).engagement == {"app-open": 1, "share": 1}

    life.waits(98)
    assert profile(life).engagement == {"app-open": 1, "share": 1}
    life.waits(99)
    assert profile(life).engagement == {"app-open": 1}
    life.waits(100)
    assert profile(life).engagement == {}


def test_somebody_without_a_counted_order() -> None:
    life = Life()
    life.meets(order_event(900, "o"), 5)
    life.meets(refund_event(900, "r", of="o"), 6)
    found = profile(life)

    assert found.totals == Totals(0, 0, 0, None, None, None)
    assert found.rfm == Rfm(None, None, None, None, None, None, None, None)
    assert found.lifecycle == Lifecycle("prospect", date(1970, 1, 6), 10, None, None)
    assert found.churn is None


def test_rules_that_are_not_there_show_nothing() -> None:
    frame = POLICY[: POLICY.index("[rfm]")]
    life = Life(frame)
    life.meets(order_event(900, "o"), 5)
    found = profile(life)

    assert (found.rfm, found.lifecycle, found.churn, found.tiers) == (None, None, None, {})


def test_an_open_complaint_is_counted() -> None:
    life = bought()
    life.meets(feedback_event(Feedback(kind="complaint", complaint_id="x"), "f"), 10)

    assert profile(life).open_complaints == 1


def test_the_risk_is_that_of_the_model() -> None:
    life = bought()
    life.waits(20)
    assert life.customer is not None
    found, state, rules = profile(life).churn, life.customer.opened.churn, life.policy.churn
    assert found is not None
    assert rules is not None
    expected = outlook(rules, state.weight, 5, 9, 20)

    assert found.p_no_order == round(expected.p_no_order, 6) != round(expected.p_no_order, 7)
    assert found.expected_orders == round(expected.expected_orders, 4) != round(expected.expected_orders, 5)
    assert found.expected_value_minor == round(expected.expected_orders * (1301 + 3 * 2500) / 5)


def test_the_level_is_at_least_that_of_the_stage() -> None:
    life = Life(POLICY.replace("[churn]", "[churn]\nthresholds = { medium = 0.97, high = 0.98, critical = 0.99 }"))
    life.meets(order_event(901, "o"), 5)
    life.waits(35)
    found = profile(life)

    assert found.lifecycle is not None
    assert found.churn is not None
    assert (found.lifecycle.stage, found.churn.level) == ("dormant", "medium")


def test_the_average_is_whole() -> None:
    assert isinstance(profile(bought()).totals.average_order_minor, int)
