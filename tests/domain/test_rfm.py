"""RFM: bins closed on the right, and a segment that rises at once and falls when it has settled."""

from dataclasses import replace

import pytest

from service.domain import rfm
from service.domain.calendar import NEVER
from service.domain.policy import RfmRules
from service.domain.rfm import NO_FIGURES, NO_SCORES, Figures, Scores, SegmentState
from service.domain.segments import SEGMENT_OF
from service.domain.view import View
from tests.domain.histories import History

RULES = RfmRules(50, (2, 5, 10, 20), (1, 2, 4, 8), (100, 300, 700, 1500), settle_days=5)
CHAMPIONS, LOST = "Champions", "Lost"


def next_change(state: SegmentState, view: View, rules: RfmRules) -> int:
    """The first day to look again, if nothing happens."""
    return min(rfm.next_change(state, view, rules), rfm.recency_falls_on(view, rules))


@pytest.mark.parametrize(("days", "r"), [(0, 5), (2, 5), (3, 4), (5, 4), (6, 3), (10, 3), (11, 2), (20, 2), (21, 1), (49, 1)])
def test_recency_at_a_cut_point_is_the_better_bin(days: int, r: int) -> None:
    assert rfm.scores(History().order(0).view(days), RULES).r == r


@pytest.mark.parametrize(("orders", "f"), [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (8, 4), (9, 5)])
def test_orders_at_a_cut_point_are_the_lower_bin(orders: int, f: int) -> None:
    assert rfm.scores(History().orders(*range(orders)).view(orders), RULES).f == f


@pytest.mark.parametrize(("cents", "m"), [(100, 1), (101, 2), (300, 2), (301, 3), (700, 3), (701, 4), (1500, 4), (1501, 5)])
def test_spend_at_a_cut_point_is_the_lower_bin(cents: int, m: int) -> None:
    assert rfm.scores(History().order(0, cents).view(0), RULES).m == m


def test_scores_are_1_1_1_when_the_window_is_empty_and_none_before_an_order() -> None:
    history = History().interaction(0).order(1, 2000)

    assert rfm.scores(history.opening(1), RULES) == NO_SCORES
    assert rfm.scores(history.view(50), RULES) == Scores(1, 1, 5)
    assert rfm.scores(history.view(51), RULES) == Scores(1, 1, 1)


def test_figures_are_those_of_the_window() -> None:
    history = History().order(0, 900).order(0, 50).order(60, 400).refund(61, 30)

    assert rfm.figures(history.view(63), RULES) == Figures(3, 1, 370, 1, r=4, f=1, m=3)
    assert rfm.figures(History().interaction(0).view(3), RULES) == NO_FIGURES


def test_the_first_segment_is_shown_at_once() -> None:
    state = rfm.closing(SegmentState(), History().order(0, 2000).view(0), RULES)

    assert state == SegmentState("Promising", 0, NO_SCORES)


def test_a_segment_follows_at_once_when_a_score_has_risen() -> None:
    history = History().orders(*range(9), cents=400)
    shown = SegmentState(LOST, 3, Scores(1, 5, 5))

    assert rfm.closing(shown, history.view(8), RULES) == SegmentState(CHAMPIONS, 0, Scores(1, 5, 5))


def test_a_segment_waits_when_no_score_has_risen() -> None:
    history = History().orders(*range(9), cents=400)
    shown = SegmentState(LOST, 3, Scores(5, 5, 5))

    assert rfm.closing(shown, history.view(8), RULES) == shown


def test_the_count_starts_again_when_the_two_agree() -> None:
    history = History().orders(*range(9), cents=400)

    assert rfm.closing(SegmentState(CHAMPIONS, 3, Scores(5, 5, 5)), history.view(8), RULES).differed == 0
    assert rfm.opening(SegmentState(CHAMPIONS, 3, NO_SCORES), history.opening(9), RULES, 0) == SegmentState(
        CHAMPIONS, 0, Scores(5, 5, 5)
    )


@pytest.mark.parametrize(
    ("differed", "skipped", "state"),
    [
        (0, 0, SegmentState(LOST, 1, Scores(5, 5, 5))),
        (3, 0, SegmentState(LOST, 4, Scores(5, 5, 5))),
        (4, 0, SegmentState(CHAMPIONS, 0, Scores(5, 5, 5))),
        (1, 2, SegmentState(LOST, 4, Scores(5, 5, 5))),
        (1, 3, SegmentState(CHAMPIONS, 0, Scores(5, 5, 5))),
        (0, 30, SegmentState(LOST, 1, Scores(5, 5, 5))),  # it agreed on the days that were skipped
    ],
)
def test_a_segment_settles_after_so_many_openings(differed: int, skipped: int, state: SegmentState) -> None:
    history = History().orders(*range(9), cents=400)

    assert rfm.opening(SegmentState(LOST, differed), history.opening(9), RULES, skipped) == state


def test_without_settling_a_segment_falls_at_once() -> None:
    rules = RfmRules(50, (2, 5, 10, 20), (1, 2, 4, 8), (100, 300, 700, 1500), settle_days=0)
    history = History().orders(*range(9), cents=400)

    assert rfm.closing(SegmentState(LOST, 0, Scores(5, 5, 5)), history.view(8), rules).segment == CHAMPIONS
    assert rfm.opening(SegmentState(LOST), history.opening(9), rules, 0).segment == CHAMPIONS


def test_the_segment_goes_with_the_last_counted_order() -> None:
    history = History().order(3, 500, "o").refund(3, 500, of="o")

    assert rfm.closing(SegmentState(CHAMPIONS, 2, Scores(5, 1, 3)), history.view(3), RULES).segment is None
    assert rfm.opening(SegmentState(CHAMPIONS, 0), history.opening(4), RULES, 0) == SegmentState()


@pytest.mark.parametrize(
    ("day", "change"),
    [
        (0, 3),  # recency passes 2
        (2, 3),
        (3, 6),
        (6, 11),
        (11, 21),
        (21, 50),  # the order leaves the window
        (50, NEVER),
    ],
)
def test_when_the_scores_may_next_change(day: int, change: int) -> None:
    view = History().order(0, 400).view(day)
    shown = rfm.closing(SegmentState(), view, RULES)

    assert next_change(shown, view, RULES) == change


def test_orders_and_spend_that_leave_are_seen_before_recency_changes() -> None:
    many = History().order(0, 2000).orders(30, 31, cents=5)
    view = many.view(45)

    assert next_change(rfm.closing(SegmentState(), view, RULES), view, RULES) == 50


def test_the_last_order_that_leaves_the_window_takes_recency_along() -> None:
    rules = replace(RULES, recency_days=(2, 5, 10, 80))
    given = History().order(0, 0)
    view = given.view(11)

    assert [rfm.scores(given.view(day), rules).r for day in (49, 50)] == [2, 1]
    assert next_change(rfm.closing(SegmentState(), view, rules), view, rules) == 50


def test_a_count_that_begins_is_looked_at_on_the_next_day() -> None:
    view = History().order(0, 400).view(0)

    assert next_change(SegmentState(LOST, 0), view, RULES) == 1
    assert next_change(SegmentState(LOST, 2), view, RULES) == 3
    assert next_change(SegmentState("Promising", 2), view, RULES) == 1


def test_a_count_ends_on_a_known_day() -> None:
    view = History().order(0, 400).view(12)

    assert next_change(SegmentState(CHAMPIONS, 2), view, RULES) == 15


def test_without_an_order_nothing_changes() -> None:
    assert next_change(SegmentState(), History().interaction(0).view(5), RULES) == NEVER


def scores_change_on(history: History, day: int) -> int:
    """The first day to look again, of a customer whose segment is the current one."""
    view = history.view(day)
    return rfm.next_change(SegmentState(SEGMENT_OF[rfm.scores(view, RULES)]), view, RULES)


def test_the_order_after_which_f_falls_leaves_the_window() -> None:
    assert scores_change_on(History().orders(10, 12, 14, cents=10), 14) == 60  # three orders score 3, two score 2
    assert scores_change_on(History().orders(10, 12, 14, 16, cents=5), 16) == 62  # four score 3 too


def test_the_spend_after_which_m_falls_leaves_the_window() -> None:
    history = History().order(10, 2).order(11, 295).orders(12, 13, 14, 15, cents=1)

    assert scores_change_on(history, 15) == 60  # 301 scores 3, 299 scores 2; six orders and five score 4
