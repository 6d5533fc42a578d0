"""The policy file: what is read, the defaults, and every fault by its place."""

from decimal import Decimal

import pytest

from service.domain.policy import (
    ChurnRules,
    Frame,
    Group,
    LifecycleRules,
    MaxDowngrades,
    Measure,
    Pace,
    RfmRules,
    RollingHold,
    Scheme,
    TermHold,
    Tier,
)
from service.domain.policy_file import parse_policy
from service.domain.windows import Calendar, Lifetime, Rolling, Term
from tests.domain.policy_texts import RFM, SMALLEST, SPEND, faults, scheme


def test_defaults_are_those_of_the_specification() -> None:
    policy = parse_policy(SMALLEST + scheme() + RFM)
    assert policy.frame == Frame("Asia/Shanghai", "CNY", 90, 90, 400, 120, True)
    assert policy.rfm == RfmRules(365, (7, 21, 45, 90), (2, 6, 15, 40), (5000, 15000, 40000, 100000), 21)
    asked = Measure("spend_minor", Rolling(365), 50000)
    tiers = (Tier("regular"), Tier("gold", asked, asked))
    assert policy.schemes == (Scheme("membership", tiers, RollingHold(0, "daily"), "one-down", None, None),)
    assert policy.engagement == {"app-open": 1, "coupon-redeemed": 5, "share": 3}
    assert (policy.lifecycle, policy.churn, policy.label) == (None, None, "p@1")


def test_days_that_are_kept_may_be_no_more_than_those_that_late_events_and_refunds_reach() -> None:
    assert parse_policy(f"{SMALLEST}late_days = 310\n").frame.keep_days == 400
    assert parse_policy(f"{SMALLEST}late_days = 1\nrefund_horizon_days = 0\nkeep_days = 1\n").frame.keep_days == 1


def test_the_smallest_policy_has_no_segments_and_no_tiers() -> None:
    policy = parse_policy(SMALLEST)
    assert (policy.rfm, policy.schemes) == (None, ())
    assert policy.text == SMALLEST


def test_empty_sections_have_the_values_of_the_specification() -> None:
    policy = parse_policy(SMALLEST + "[lifecycle]\n[churn]\n[engagement]\n")
    slow, gone = Pace(Decimal("3.0"), 21, 120), Pace(Decimal("6.0"), 60, 365)
    assert policy.lifecycle == LifecycleRules(21, slow, gone, None, None, 90)
    levels, floors = {"medium": 0.35, "high": 0.6, "critical": 0.85}, {"dormant": "medium", "churned": "high"}
    assert policy.churn == ChurnRules(30, 45.0, 0.594, 0.1, 0.0032, 0.47, levels, 0.15, floors, 2500, 3.0, 2, 14, 30)
    assert policy.engagement == {"app-open": 1, "coupon-redeemed": 5, "share": 3}


def test_an_empty_table_of_weights_or_floors_means_none() -> None:
    policy = parse_policy(SMALLEST + "[churn]\nfloors = {}\n[engagement]\nweights = {}\n")
    assert policy.churn is not None
    assert policy.churn.floors == {}
    assert policy.engagement == {}


def test_term_hold_limit_of_losses_and_notice() -> None:
    more = "max_downgrades = { count = 1, months = 3 }\nnotice_days = 335\non_loss = 'recalculated'"
    keep = 'keep = { measure = "orders", window = "term", at_least = 9 }'
    (found,) = parse_policy(
        SMALLEST + scheme(hold='{ kind = "term", months = 12, grace_days = 30 }', more=more, tier=keep)
    ).schemes
    assert found.hold == TermHold(months=12, grace_days=30)
    assert found.max_downgrades == MaxDowngrades(1, months=3)
    assert (found.notice_days, found.on_loss) == (335, "recalculated")
    assert found.tiers[1].keep == Measure("orders", Term(), 9)


@pytest.mark.parametrize(("hold", "most"), [("months = 1", 27), ("days = 10", 9), ("days = 2", 1), ("calendar_year = true", 364)])
def test_a_notice_is_shorter_than_the_term(hold: str, most: int) -> None:
    def text(notice: int) -> str:
        return SMALLEST + scheme(hold=f'{{ kind = "term", {hold} }}', more=f"notice_days = {notice}")

    assert parse_policy(text(most)).schemes[0].notice_days == most
    assert faults(text(most + 1)) == [f"scheme[0].notice_days: is {most + 1}: an integer from 1 to {most} is allowed"]


def test_a_cut_point_may_be_as_large_as_an_integer_of_toml() -> None:
    rfm = parse_policy(SMALLEST + RFM.replace("100000", str(2**63 - 1))).rfm
    assert rfm is not None
    assert rfm.spend_minor == (5000, 15000, 40000, 2**63 - 1)
    assert len(faults(SMALLEST + RFM.replace("100000", str(2**63)))) == 1


def test_groups_nest_and_keep_the_order_written() -> None:
    inner = (
        '{ any = [{ measure = "tenure_days", at_least = 30 }, { measure = "margin_minor", window = "lifetime", at_least = 1 }] }'
    )
    entry = f'{{ at_least = 2, of = [{SPEND}, {inner}, {{ measure = "orders", window = "calendar quarter", at_least = 4 }}] }}'
    nested = Group(1, (Measure("tenure_days", None, 30), Measure("margin_minor", Lifetime(), 1)))
    parts = (Measure("spend_minor", Rolling(365), 50000), nested, Measure("orders", Calendar("quarter"), 4))
    assert parse_policy(SMALLEST + scheme(entry=entry)).schemes[0].tiers[1].entry == Group(2, parts)


def test_gaps_stay_the_decimal_written_and_integers_are_numbers() -> None:
    policy = parse_policy(SMALLEST + "[lifecycle]\ndormant = { gaps = 2.10 }\nchurned = { gaps = 5 }\n[churn]\ntau_days = 60\n")
    assert policy.lifecycle is not None
    assert str(policy.lifecycle.dormant.gaps) == "2.10"
    assert policy.lifecycle.churned == Pace(Decimal(5), 60, 365)
    assert policy.churn is not None
    assert policy.churn.tau_days == 60.0


def test_loyal_keep_is_the_entry_unless_given() -> None:
    rules = parse_policy(SMALLEST + f"[lifecycle]\nloyal.entry = {SPEND}\n").lifecycle
    assert rules is not None
    assert rules.loyal_keep == rules.loyal_entry == Measure("spend_minor", Rolling(365), 50000)
