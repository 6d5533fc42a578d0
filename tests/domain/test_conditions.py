"""Conditions: all, any, at least k; what is missing; when they may change."""

import pytest

from schemas.outbound import MeasureValue, Missing
from service.domain import conditions
from service.domain.calendar import NEVER
from service.domain.policy import Condition, Group, Measure
from service.domain.windows import Lifetime, Rolling
from tests.domain.histories import History

SPEND = Measure("spend_minor", Rolling(10), 350)
ORDERS = Measure("orders", Rolling(10), 3)
TENURE = Measure("tenure_days", None, 4)
VIEW = History().order(5, 300).order(7, 50).view(9)


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        (SPEND, True),
        (Measure("spend_minor", Rolling(10), 351), False),
        (Group(2, (SPEND, TENURE)), True),
        (Group(2, (SPEND, ORDERS)), False),
        (Group(1, (SPEND, ORDERS)), True),
        (Group(1, (ORDERS,)), False),
        (Group(2, (SPEND, ORDERS, TENURE)), True),
        (Group(3, (SPEND, ORDERS, TENURE)), False),
        (Group(2, (TENURE, Group(1, (ORDERS, SPEND)))), True),
    ],
)
def test_whether_it_holds(condition: Condition, held: bool) -> None:
    assert conditions.holds(condition, VIEW) is held


def test_nothing_is_missing_when_it_holds() -> None:
    assert conditions.missing(Group(1, (ORDERS, SPEND)), VIEW) is None


def test_what_is_missing_mirrors_the_whole_condition() -> None:
    nested = Group(2, (SPEND, Group(1, (ORDERS, Measure("tenure_days", None, 10)))))

    assert conditions.missing(nested, VIEW) == Missing(
        need=2,
        of=[
            Missing(measure="spend_minor", window="rolling 10", missing=0),
            Missing(
                need=1,
                of=[
                    Missing(measure="orders", window="rolling 10", missing=1),
                    Missing(measure="tenure_days", missing=6),
                ],
            ),
        ],
    )


def test_it_may_change_when_the_first_of_its_measures_may() -> None:
    assert conditions.flips_on(Group(1, (Measure("orders", Rolling(10), 1), SPEND)), VIEW) == 15
    assert conditions.flips_on(Group(1, (ORDERS, Measure("orders", Rolling(10), 1))), VIEW) == 17
    assert conditions.flips_on(ORDERS, VIEW) == NEVER


def test_each_measure_is_shown_once_in_the_order_written() -> None:
    entry = Group(2, (ORDERS, SPEND))
    keep = Group(1, (Measure("spend_minor", Rolling(10), 1), Measure("spend_minor", Lifetime(), 1), TENURE))

    assert conditions.measured([entry, None, keep], VIEW) == [
        MeasureValue(measure="orders", window="rolling 10", value=2),
        MeasureValue(measure="spend_minor", window="rolling 10", value=350),
        MeasureValue(measure="spend_minor", window="lifetime", value=350),
        MeasureValue(measure="tenure_days", value=4),
    ]


def test_the_base_has_no_measures() -> None:
    assert list(conditions.leaves(None)) == []
