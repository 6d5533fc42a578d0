"""Noted orders: what is announced and shown is what folding every order in full gives, however the log is read."""

from random import Random
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from service.effects import Effects
from service.partition import Partition
from service.replay import LogRecord
from tests.properties import policies
from tests.properties.effort import examples
from tests.properties.regulars import HABITS, PROGRAMMES, SECTIONS, Course
from tests.service.noting import never_note


class Found(NamedTuple):
    """What a partition has said, refused, counted and shown, and what it knows of its customers at the end."""

    announcements: dict[bytes, list[bytes]]
    refused: list[tuple[int, str]]
    applied: int
    profiles: list[Any]
    customers: list[Any]


def read(records: list[LogRecord], random: Random, silent: int, *, noting: bool) -> Found:
    """A log in batches of any size, reviews and profiles now and then, a new worker every so often; then silence."""
    partition, at = Partition(0, {}), 0
    steps: list[Effects] = []
    while at < len(records):
        size = random.choice((1, 1, 1, 1, 2, 3, 40))
        if not noting:
            never_note(partition, *map(str.encode, HABITS))
        steps.append(partition.apply(records[at : at + size]))
        at += size
        if partition.due and random.random() < 0.5:
            steps.append(partition.catch_up(random.choice((1, 2, 100))))
        if random.random() < 0.2:
            steps.append(partition.publish_profiles(random.choice((1, 10))))
        if random.random() < 0.2:
            partition = Partition(0, dict(partition.stored))
    day = max([partition.clock.day, *(each.as_of for each in partition.state.customers.in_order())]) + silent
    partition.advance_to(day)
    while partition.due:
        steps.append(partition.catch_up(1))
    return found(partition, steps, day)


def found(partition: Partition, steps: list[Effects], day: int) -> Found:
    """What has come of the steps."""
    said: dict[bytes, list[bytes]] = {}
    for step in steps:
        for _, key, value in step.announcements:
            said.setdefault(key, []).append(value)
    refused = [(letter.record.offset, letter.code.value) for step in steps for letter in step.dead_letters]
    applied = sum(step.counts.get("applied", 0) for step in steps)
    customers = [
        (each.id, each.position, each.sequence, each.announced, each.facts.enrolled_on, each.facts.not_before)
        for each in partition.state.customers.in_order()
    ]
    return Found(said, refused, applied, list(partition.profiles(day)), customers)


@st.composite
def courses(draw: st.DrawFn, rules: st.SearchStrategy[dict[str, Any]]) -> Course:
    """Any course under such rules."""
    return Course(
        draw(rules),
        draw(st.frozensets(st.sampled_from(SECTIONS))),
        draw(st.sampled_from(policies.ZONES)),
        draw(st.sampled_from((2, 20, 60))),
        draw(st.sampled_from((0, 120, 1440))),
        draw(st.booleans()),
        draw(st.sampled_from((10, 300, 1400))),
        draw(st.sampled_from((30, 80, 150))),
        draw(st.integers(0, 2**32)),
    )


@examples(40)
@given(courses(st.sampled_from(PROGRAMMES)), st.integers(0, 2**32), st.sampled_from((0, 10, 60)))
def test_under_policies_as_chains_have_them_it_makes_no_difference(course: Course, seed: int, silent: int) -> None:
    assert_no_difference(course, seed, silent)


@examples(40)
@given(courses(policies.policies()), st.integers(0, 2**32), st.sampled_from((0, 10, 60)))
def test_under_any_policy_it_makes_no_difference(course: Course, seed: int, silent: int) -> None:
    assert_no_difference(course, seed, silent)


def assert_no_difference(course: Course, seed: int, silent: int) -> None:
    """Noting orders leads where folding every order in full does, read in other steps."""
    records = course.records()
    right = read(records, Random(seed + 1), silent, noting=False)

    assert read(records, Random(seed), silent, noting=True) == right
