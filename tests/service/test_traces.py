"""The trace of an event on all it causes, through intake, the log, and the partition; values are the same with and without it."""

import dataclasses
from collections.abc import Sequence

from schemas import codec, topics
from schemas.dead_letters import replay_headers
from schemas.envelope import STRUCTURED
from service.carried import carried
from service.effects import Effects
from service.outgoing import outgoing
from service.partition import Partition
from service.replay import LogRecord, activation_record
from service.settings import Settings
from tests import builders
from tests.schemas.test_trace_context import OTHER, PARENT, STATE, with_attributes
from tests.service.test_partition import POLICY, Log

TRACE = (("traceparent", PARENT), ("tracestate", STATE))
SETTINGS = Settings()


class TracedLog(Log):
    """A log whose records have headers."""

    headers: tuple[tuple[str, bytes], ...] = ()

    def append(self, value: bytes) -> Effects:
        """The next record."""
        self.end += 1
        return self.partition.apply([LogRecord(self.end - 1, b"c-1", value, headers=self.headers)])

    def send_in(self, trace: Sequence[tuple[str, bytes]], event: bytes) -> Effects:
        """An event with the headers of a trace on its record."""
        self.headers = tuple(trace)
        effects = self.send(event)
        self.headers = ()
        return effects


def by_topic(effects: Effects) -> dict[str, list[list[tuple[str, bytes]]]]:
    """The headers of what goes out."""
    found: dict[str, list[list[tuple[str, bytes]]]] = {}
    for record in outgoing(SETTINGS, 0, effects):
        found.setdefault(record.topic, []).append(list(record.headers))
    return found


def test_intake_carries_a_trace_into_the_log_and_no_other_header() -> None:
    others = [("content-type", b"application/cloudevents+json"), ("x", b"1"), ("tiering.other", b"1")]
    value = builders.order(1, 100, id="1")
    assert list(carried(value, [*others, *TRACE])) == list(TRACE)
    assert list(carried(with_attributes(traceparent=PARENT.decode()), others)) == [TRACE[0]]
    assert list(carried(value, others)) == list(carried(value, ())) == []
    assert list(carried(value, [("traceparent", b"bad"), ("tracestate", STATE)])) == []
    letter = replay_headers("orders.dlt-0@3", 1)
    assert list(carried(value, [*others, *letter, *TRACE])) == [*letter, *TRACE]


def test_all_that_a_traced_event_causes_has_its_trace() -> None:
    enrolled = by_topic(TracedLog().send_in(TRACE, builders.order(3, 100, id="1")))
    assert set(enrolled) == {topics.TIER_CHANGES, topics.SEGMENT_CHANGES, topics.CUSTOMER_PROFILES}
    assert all(headers == [*STRUCTURED, *TRACE] for each in enrolled.values() for headers in each)


def test_an_event_without_a_trace_causes_none() -> None:
    found = by_topic(TracedLog().send_in([("tiering.other", b"1")], builders.order(3, 100, id="1")))
    assert all(headers == list(STRUCTURED) for each in found.values() for headers in each)


def test_the_values_are_the_same_with_and_without_a_trace() -> None:
    traced, plain = (TracedLog().send_in(trace, builders.order(3, 100, id="1")) for trace in (TRACE, ()))
    assert (traced.announcements, traced.profiles, traced.rows) == (plain.announcements, plain.profiles, plain.rows)


def test_what_time_has_caused_before_it_has_none() -> None:
    log = TracedLog()
    log.send_in(TRACE, builders.order(0, 500, id="1"))
    effects = log.send_in([("traceparent", OTHER)], builders.order(50, 500, id="2"))
    headers = by_topic(effects)[topics.TIER_CHANGES]
    assert list(STRUCTURED) in headers  # silver was lost by time, on the way to the day of the second order
    assert headers[-1] == [*STRUCTURED, ("traceparent", OTHER)]
    assert all(("traceparent", PARENT) not in each for each in headers)


def test_in_one_batch_each_has_its_own() -> None:
    log = TracedLog()
    first, second = builders.order(3, 100, id="1", customer="a"), builders.order(3, 100, id="2", customer="b")
    headers = [TRACE, (("traceparent", OTHER),)]
    records = [
        LogRecord(log.end + number, b"", activity(event), headers=headers[number]) for number, event in enumerate((first, second))
    ]
    effects = log.partition.apply(records)
    traces = {(key, dict(effects.traces[value])["traceparent"]) for _, key, value in effects.announcements}
    assert traces == {(b"a", PARENT), (b"b", OTHER)}


def activity(event: bytes) -> bytes:
    """An event as it lies in the log."""
    return codec.encode_activity(codec.decode_event(event))


def test_a_change_of_policy_has_none_and_a_silent_order_leaves_its_profile_without() -> None:
    log = TracedLog()
    log.send_in(TRACE, builders.order(3, 100, id="1"))
    log.partition.publish_profiles()
    effects = log.send_in(TRACE, builders.interaction(3, "app-open", id="2"))
    assert (effects.announcements, effects.traces) == ([], {})
    assert by_topic(log.partition.publish_profiles())[topics.CUSTOMER_PROFILES] == [list(STRUCTURED)]
    changed = dataclasses.replace(
        POLICY, version=2, text=POLICY.text.replace("version = 1", "version = 2").replace("at_least = 500", "at_least = 50")
    )
    log.headers = TRACE
    log.append(activation_record(changed, "log-1"))
    log.headers = ()
    assert by_topic(log.partition.catch_up(10))[topics.TIER_CHANGES] == [list(STRUCTURED)]


def test_a_dead_letter_has_the_trace_of_its_record() -> None:
    log = TracedLog()
    log.send(builders.order(3, 100, id="1"))
    effects = log.send_in(TRACE, builders.order(3, 200, id="1"))
    [headers] = by_topic(effects)["customer-activity.dlt"]
    assert headers[:2] == list(TRACE)


def test_a_partition_that_reads_the_log_again_says_the_same_with_the_same_traces() -> None:
    value = activity(builders.order(3, 100, id="1"))
    records = [LogRecord(0, None, activation_record(POLICY, "log-1")), LogRecord(1, b"", value, headers=TRACE)]
    first, second = (Partition(0, {}).apply(records) for _ in range(2))
    assert by_topic(first) == by_topic(second)
    assert first.traces
