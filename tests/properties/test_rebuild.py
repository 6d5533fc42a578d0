"""Rebuild: a log read again in silence leads where reading it live led, and says only what nobody was told."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.control import PolicyActivated
from service.domain.policy import Policy, TermHold
from service.domain.policy_file import parse_policy
from service.domain.published import is_current, published_names
from service.effects import Effects
from service.partition import Partition
from service.rebuild.partition import RebuiltPartition, first_row
from service.replay import LogRecord
from tests.properties.cases import Case
from tests.properties.effort import examples
from tests.properties.test_replay_is_live import by_customer, logs


def published(records: list[LogRecord], random: Any) -> tuple[Partition, dict[bytes, bytes]]:
    """A partition that has read a log live, in batches of any size, and the newest profile of each customer."""
    partition, at = Partition(0, {}), 0
    profiles: dict[bytes, bytes] = {}

    def publish(effects: Effects) -> None:
        for key, value in effects.profiles:
            if value is None:
                profiles.pop(key, None)
            else:
                profiles[key] = value

    while at < len(records):
        size = random.choice((1, 1, 2, 5))
        publish(partition.apply(records[at : at + size]))
        at += size
        if partition.due and random.random() < 0.5:
            publish(partition.catch_up(random.choice((1, 2, 100))))
    while partition.due:
        publish(partition.catch_up(1))
    publish(partition.publish_profiles())
    return partition, profiles


def policies_of(records: list[LogRecord]) -> list[Policy]:
    """The policies of a log."""
    events = [codec.decode_activity(record.value) for record in records]
    return [parse_policy(event.data.text) for event in events if isinstance(event, PolicyActivated)]


def begun(records: list[LogRecord]) -> RebuiltPartition:
    """A partition that is about to be made anew."""
    first = codec.decode_activity(records[0].value)
    assert isinstance(first, PolicyActivated)
    row = first_row(first.data.log_id, first, len(records))
    return RebuiltPartition(0, {b"\0" + bytes(4): row.encode()}, policies_of(records))


def read(rebuilt: RebuiltPartition, records: list[LogRecord]) -> None:
    """To the end of the log, in silence."""
    effects = [rebuilt.apply(records)]
    while rebuilt.due:
        effects.append(rebuilt.catch_up(100))
    assert not any(each.announcements or each.profiles for each in effects)


def time_passes(partition: Partition, until: int) -> Iterator[Effects]:
    """To the end of a day, without events."""
    partition.advance_to(until)
    while partition.due:
        yield partition.catch_up(100)


@examples(60)
@given(logs(), st.randoms(use_true_random=False))
def test_a_profile_shows_what_has_been_announced(log: tuple[Case, list[LogRecord]], random: Any) -> None:
    _, records = log
    partition, profiles = published(records, random)
    known = policies_of(records)

    for customer in partition.state.customers.in_order():
        profile = codec.decode_profile(profiles[customer.id.encode()]).data
        names, announced = published_names(profile, partition.policies.current, known), customer.announced
        assert announced is not None
        assert profile.sequence == customer.sequence
        assert names._replace(expiring=()) == announced._replace(expiring=())
        for scheme, shown, notice in zip(partition.policies.current.schemes, names.expiring, announced.expiring, strict=True):
            assert shown == notice or (notice is None and not isinstance(scheme.hold, TermHold))


@examples(60)
@given(logs(), st.randoms(use_true_random=False))
def test_a_rebuild_of_a_healthy_partition_says_nothing_and_ends_in_the_same_standing(
    log: tuple[Case, list[LogRecord]], random: Any
) -> None:
    _, records = log
    live, profiles = published(records, random)
    rebuilt = begun(records)
    read(rebuilt, records)

    effects = rebuilt.announce(profiles, sorted(profiles))

    assert (effects.announcements, effects.profiles) == ([], [])
    rebuilt.end()
    days = [customer.as_of for partition in (live, rebuilt) for customer in partition.state.customers.in_order()]
    last = max([live.clock.day, *days]) + 40
    assert by_customer(time_passes(rebuilt, last)) == by_customer(time_passes(live, last))
    assert list(rebuilt.profiles(last)) == list(live.profiles(last))


@examples(60)
@given(logs(), st.randoms(use_true_random=False), st.data())
def test_what_was_said_wrongly_is_put_right_and_only_once(
    log: tuple[Case, list[LogRecord]], random: Any, data: st.DataObject
) -> None:
    _, records = log
    _, profiles = published(records, random)
    wrong = dict(profiles)
    for key in profiles:
        event = codec.decode_profile(profiles[key])
        event.data.sequence += data.draw(st.integers(0, 3))
        for name, standing in event.data.tiers.items():
            ladder = next(each.tiers for each in policies_of(records)[-1].schemes if each.name == name)
            standing.tier = data.draw(st.sampled_from([tier.name for tier in ladder]))
        wrong[key] = codec.encode_profile(event)
    rebuilt = begun(records)
    read(rebuilt, records)

    effects = rebuilt.announce(wrong, sorted(wrong))

    now = wrong | {key: value for key, value in effects.profiles if value}
    said = [json.loads(value) for _, _, value in effects.announcements]
    for key in profiles:
        before, right, after = (codec.decode_profile(each[key]).data for each in (wrong, profiles, now))
        of_this = [each for each in said if each["subject"].encode() == key]
        assert [each["sequence"] for each in of_this] == list(range(before.sequence + 1, after.sequence + 1))
        tiers = [each["data"] for each in of_this if each["type"] == "tier.changed.v1"]
        assert {each["reason"] for each in tiers} <= {"rebuild"}
        assert [(each["scheme"], each["from_tier"], each["to_tier"]) for each in tiers] == [
            (name, before.tiers[name].tier, right.tiers[name].tier)
            for name in right.tiers
            if before.tiers[name].tier != right.tiers[name].tier
        ]
        right.sequence = after.sequence
        assert is_current(after, right)
    again = rebuilt.announce(now, sorted(now))
    assert (again.announcements, again.profiles) == ([], [])
