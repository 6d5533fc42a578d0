"""One customer: other rules are followed from the day of their activation on."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from schemas.outbound import ChurnRiskChanged, TierChanged
from service.domain import closings
from service.domain.closings import ANCHOR_STEP, STEP
from service.domain.customer import Customer
from service.domain.occasion import Occasion
from service.domain.policy import Policy
from tests.domain.histories import order_event, refund_event
from tests.domain.lives import POLICY as TEXT
from tests.domain.lives import Life, closing_of, enrolled, every_day, late_life, names, of, regular, to

KEEP = 100
"""keep_days of the policy; late_days are 60, refund_horizon_days 30."""


ACTIVATED = Occasion("policy", datetime(1970, 2, 11, tzinfo=UTC))
MORE = TEXT.replace("version = 3", "version = 4").replace("at_least = 500", "at_least = 100")


def adopted(life: Life, text: str) -> tuple[Policy, list[str]]:
    """Other rules, and what is said of them."""
    policy = Life(text).policy
    said = of(life).adopt(policy, life.policy, ACTIVATED)
    return policy, names(said)


def test_other_rules_say_what_they_change() -> None:
    life = late_life()

    policy, said = adopted(life, MORE)

    assert [line.split(" ", 1)[1] for line in said] == ["tier.changed.v1 silver policy"]
    assert of(life).version == 4
    assert of(life).opened == every_day(of(life), policy)


def test_rules_that_are_the_same_say_nothing() -> None:
    life = late_life()
    before = of(life).opened

    _, said = adopted(life, TEXT.replace("version = 3", "version = 4"))

    assert said == []
    assert of(life).opened == before
    assert of(life).version == 4


def test_what_other_rules_walk_starts_before_the_enrolment_of_a_young_customer() -> None:
    life = late_life()

    policy, _ = adopted(life, MORE)

    assert of(life).closings.anchor is None
    assert of(life).opened == every_day(of(life), policy)


def test_what_other_rules_walk_starts_keep_days_back() -> None:
    life = regular(160)
    as_of = of(life).as_of

    adopted(life, MORE)

    anchor = of(life).closings.anchor
    assert anchor is not None
    assert anchor.day == as_of - KEEP


@pytest.mark.parametrize(("day", "anchored"), [(104, False), (105, True)])
def test_the_anchor_of_other_rules_is_no_earlier_than_the_enrolment(day: int, anchored: bool) -> None:
    life = regular(100)
    life.waits(day)

    adopted(life, MORE)

    assert (of(life).closings.anchor is not None) == anchored


def test_a_tier_held_at_the_anchor_goes_on_under_other_rules() -> None:
    life = enrolled(cents=900)
    for day in range(12, 140, 7):
        life.meets(order_event(10, f"o-{day}"), day)
    harder = TEXT.replace("version = 3", "version = 4").replace("at_least = 500", "at_least = 5000")

    _, said = adopted(life, harder)

    assert said == []
    assert of(life).opened.tiers[0].tier == 1


def test_other_rules_leave_no_short_way_that_the_old_ones_gave() -> None:
    life = late_life()
    policy, _ = adopted(life, TEXT.replace("version = 3", "version = 4").replace("at_least = 500", "at_least = 320"))
    life.policy = policy

    assert "silver" in [to(each.data) for each in life.meets(order_event(80, "o"), 41)]


def test_of_a_scheme_that_is_new_everything_is_said() -> None:
    life = late_life()

    _, said = adopted(life, MORE.replace('name = "club"', 'name = "circle"'))

    assert "tier.changed.v1 guest enrolled" in [line.split(" ", 1)[1] for line in said]


def test_other_rules_for_somebody_of_whom_nothing_was_said() -> None:
    life = Life()
    customer = Customer.enrolled("c-1", 5, life.policy)

    said = customer.adopt(replace(life.policy, version=4), life.policy, ACTIVATED)

    assert [to(each.data) for each in said][:2] == ["regular", "guest"]


def test_rules_with_another_memory_count_what_is_kept_anew() -> None:
    life = regular(160)
    shorter = TEXT.replace("version = 3", "version = 4").replace("[churn]", "[churn]\ntau_days = 10.0")

    policy, _ = adopted(life, shorter)

    assert of(life).opened.churn.weight == pytest.approx(every_day(of(life), policy).churn.weight)


def test_rules_with_a_longer_memory_count_days_that_the_ledger_has_forgotten() -> None:
    longer = TEXT.replace("version = 3", "version = 4").replace("[churn]", "[churn]\ntau_days = 1000.0")
    life, always = Life(), Life(longer)
    for each in (life, always):
        for day in range(5, 600, 7):
            each.meets(order_event(10, f"o-{day}"), day)
    assert of(life).facts.purchases.forgotten > 20

    adopted(life, longer)

    assert of(life).opened.churn == of(always).opened.churn


def silver_ever_after(cents: int) -> str:
    """The policy, with silver for whoever has spent so much in his life."""
    entry = 'entry = { all = [{ measure = "spend_minor", window = "%s", at_least = %d }] }'
    return TEXT.replace(entry % ("rolling 30", 500), entry % ("lifetime", cents))


def test_rules_are_walked_from_the_day_after_the_anchor_whatever_is_due() -> None:
    """Silver asks for 100 now, which somebody who had 200 long before the anchor has had every day since."""
    life = Life(silver_ever_after(900))
    life.meets(order_event(200, "o"), 5)
    life.waits(150)

    adopted(life, silver_ever_after(100).replace("version = 3", "version = 4"))

    assert of(life).closings.anchor is not None
    assert (of(life).opened.tiers[0].tier, of(life).opened.tiers[0].since) == (1, 150 - KEEP + 1)


def test_an_anchor_moves_on_from_one_that_other_rules_took_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silver asks for 100 now, and is held since the first day that is under the new rules; nothing else happens."""
    monkeypatch.setattr(closings, "WORTH_FORGETTING", 0)
    life = Life(silver_ever_after(900))
    life.meets(order_event(200, "o"), 5)
    life.waits(150)
    life.policy, _ = adopted(life, silver_ever_after(100).replace("version = 3", "version = 4"))

    life.waits(150 + 1 + ANCHOR_STEP)

    anchor = of(life).closings.anchor
    assert anchor is not None
    assert (anchor.day, anchor.tiers[0].tier, anchor.tiers[0].since) == (130, 1, 150 - KEEP + 1)  # a checkpoint's day


def test_other_rules_leave_checkpoints_of_their_own() -> None:
    life = regular(160)

    policy, _ = adopted(life, MORE)

    older, younger = of(life).closings.checkpoints
    assert older.day + STEP <= younger.day < of(life).as_of
    for found in (older, younger):
        assert found == closing_of(of(life), found.day, policy)


def test_rules_that_follow_each_other_on_one_day_are_all_followed() -> None:
    life = regular(160)
    policy, _ = adopted(life, MORE)
    life.policy = policy
    anchor = of(life).closings.anchor

    _, said = adopted(life, MORE.replace("version = 4", "version = 5"))

    assert said == []
    assert of(life).closings.anchor == anchor


def ladders(version: int, *schemes: tuple[str, str]) -> str:
    """Rules of schemes, each a name and its tiers, such as "base silver=100": for a spend of 100 ever, silver."""
    text = TEXT.split("[rfm]")[0].replace("version = 3", f"version = {version}")
    for name, tiers in schemes:
        text += f'[[scheme]]\nname = "{name}"\nhold = {{ kind = "rolling" }}\n'
        for tier, _, least in (each.partition("=") for each in tiers.split()):
            entry = f'entry = {{ measure = "spend_minor", window = "lifetime", at_least = {least} }}\n' if least else ""
            text += f'[[scheme.tier]]\nname = "{tier}"\n{entry}'
    return text


@pytest.mark.parametrize(
    ("before", "after", "tier", "direction"),
    [
        ("base silver=100 gold=900", "base silver=600 gold=900", "base", "down"),
        ("base silver=100 gold=900", "base silver=100 gold=400", "gold", "up"),
        ("base silver=100 gold=900", "base gold=900", "base", "down"),  # silver is gone
        ("base silver=100 gold=900", "base gold=400", "gold", "up"),
        ("base silver=100 gold=500", "base silver=100", "silver", "down"),  # gold is gone
        ("base silver=100 gold=900", "base bronze=900 diamond=400", "diamond", "up"),  # both are, diamond ranks where gold did
        ("base silver=100 gold=500", "base bronze=400", "bronze", "down"),
        ("base silver=100 gold=900", "base bronze=400", "bronze", "down"),  # as high as silver was, and no way up
    ],
)
def test_up_or_down_is_told_by_the_ladder_that_has_both_tiers(before: str, after: str, tier: str, direction: str) -> None:
    """Somebody who spent 500; a second scheme has the same tiers the other way round."""
    life = Life(ladders(3, ("other", "base gold=100 silver=900"), ("membership", before)))
    life.meets(order_event(500, "o"), 5)
    policy = Life(ladders(4, ("other", "base gold=100 silver=900"), ("membership", after))).policy

    (said,) = of(life).adopt(policy, life.policy, Occasion("policy", ACTIVATED.time, former=life.policy))

    assert isinstance(said.data, TierChanged)
    assert (said.data.to_tier, said.data.direction) == (tier, direction)


def test_a_level_ends_with_the_rules_of_risk() -> None:
    life = enrolled()
    policy = Life(TEXT.replace("version = 3", "version = 4").replace("[churn]\n", "")).policy

    (said,) = of(life).adopt(policy, life.policy, ACTIVATED)

    assert isinstance(said.data, ChurnRiskChanged)
    assert (said.data.from_level, said.data.to_level, said.data.horizon_days) == ("low", None, 30)


def test_a_level_ends_with_the_horizon_of_the_rules_that_end_it() -> None:
    life = Life(TEXT.replace("[churn]", "[churn]\nhorizon_days = 14"))
    life.meets(order_event(900, "o"), 5)

    *_, level = life.meets(refund_event(900, "r", of="o"), 5)

    assert isinstance(level.data, ChurnRiskChanged)
    assert (level.data.to_level, level.data.horizon_days) == (None, 14)
