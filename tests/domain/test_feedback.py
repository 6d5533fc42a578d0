"""Complaints and ratings: a merge, in whichever order they arrive."""

import pytest

from service.domain.feedback import Complaints, Ratings


def complaints(*steps: tuple[str, str, int]) -> Complaints:
    found = Complaints()
    for kind, id_, day in steps:
        (found.give if kind == "given" else found.resolve)(id_.encode(), day)
    return found


def test_a_complaint_is_open_from_its_day_until_its_resolution() -> None:
    found = complaints(("given", "a", 5), ("resolved", "a", 9))

    assert [found.open(day) for day in (4, 5, 8, 9)] == [[], [5], [5], []]


def test_the_earliest_of_each_counts() -> None:
    found = complaints(("given", "a", 7), ("resolved", "a", 12), ("given", "a", 5), ("resolved", "a", 9), ("given", "a", 6))

    assert [found.open(day) for day in (4, 5, 8, 9)] == [[], [5], [5], []]


def test_a_resolution_that_arrives_first_is_final() -> None:
    found = complaints(("resolved", "a", 4), ("given", "a", 5))

    assert found.open(6) == []


def test_a_resolution_alone_opens_nothing() -> None:
    assert complaints(("resolved", "a", 9)).open(8) == []


def test_several_complaints_are_open_at_once() -> None:
    assert complaints(("given", "a", 5), ("given", "b", 3), ("given", "c", 9)).open(8) == [5, 3]


def test_the_days_of_complaints() -> None:
    found = complaints(("given", "a", 5), ("resolved", "a", 9), ("given", "b", 7))

    assert [sorted(found.days_after(day)) for day in (4, 5, 7, 9)] == [[5, 7, 9], [7, 9], [9], []]


@pytest.mark.parametrize(
    ("steps", "until"),
    [
        ([("given", "a", 5)], 15),
        ([("given", "a", 5), ("resolved", "a", 9)], 9),
        ([("given", "a", 5), ("resolved", "a", 30)], 15),
        ([("resolved", "a", 9)], None),
        ([("resolved", "a", 9), ("given", "a", 9)], None),
        ([("given", "a", 5), ("given", "b", 7)], 17),
    ],
)
def test_a_complaint_matters_before_it_is_given_and_while_it_raises(steps: list[tuple[str, str, int]], until: int | None) -> None:
    found = complaints(*steps)

    assert [day for day in range(40) if found.matter(day, lasts=10)] == list(range(until or 0))


def test_the_worst_rating_of_a_day_counts() -> None:
    ratings = Ratings()
    for day, score in ((9, 4), (5, 3), (9, 1), (9, 5)):
        ratings.add(day, score)

    assert list(ratings.days) == [5, 9]
    assert ratings.unhappy_days(0, 20, 2) == [9]
    assert ratings.unhappy_days(0, 20, 3) == [5, 9]


@pytest.mark.parametrize(("score", "unhappy"), [(1.5, True), (2.0, True), (2.1, False)])
def test_parts_of_a_score_are_judged_as_given(score: float, unhappy: bool) -> None:
    ratings = Ratings()
    ratings.add(5, score)

    assert bool(ratings.unhappy_days(5, 5, 2)) is unhappy


def test_ratings_of_the_days_asked_only() -> None:
    ratings = Ratings()
    for day in (5, 9):
        ratings.add(day, 1)

    assert [ratings.unhappy_days(*days, 2) for days in ((5, 9), (6, 9), (5, 8), (6, 8))] == [[5, 9], [9], [5], []]


def test_the_days_of_ratings() -> None:
    ratings = Ratings()
    for day in (5, 300):
        ratings.add(day, 1)

    assert [list(ratings.days_after(day)) for day in (4, 5, 300)] == [[5, 300], [300], []]


def test_forgetting_drops_earlier_ratings() -> None:
    ratings = Ratings()
    for day, score in ((5, 1), (9, 2)):
        ratings.add(day, score)
    ratings.forget(9)

    assert (list(ratings.days), list(ratings.scores)) == ([9], [2])
