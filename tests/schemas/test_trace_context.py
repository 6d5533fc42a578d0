"""Which trace a record belongs to: what W3C Trace Context allows, and nothing else, is passed on."""

import json
import re

import pytest

from schemas.trace_context import TRACEPARENT_PATTERN, traced, traced_event
from tests import builders

PARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
STATE = b"congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"
ORDER = builders.order(1, 100, id="1")


def with_attributes(**attributes: object) -> bytes:
    """The order with extension attributes."""
    return json.dumps({**json.loads(ORDER), **attributes}).encode()


@pytest.mark.parametrize("parent", [PARENT, OTHER, PARENT.replace(b"00-", b"cc-", 1), PARENT[:-2] + b"ff"])
def test_what_is_valid_is_passed_on_as_it_came(parent: bytes) -> None:
    assert traced([("traceparent", parent), ("tracestate", STATE)]) == (("traceparent", parent), ("tracestate", STATE))
    assert traced([("a", b"1"), ("traceparent", parent)]) == (("traceparent", parent),)


@pytest.mark.parametrize(
    "parent",
    [
        None,
        b"",
        b"x",
        PARENT.upper(),
        b"ff" + PARENT[2:],
        PARENT[:-1],
        PARENT + b"\n",
        PARENT + b"-00",
        b" " + PARENT,
        PARENT.replace(b"4bf92f3577b34da6a3ce929d0e0e4736", b"0" * 32),
        PARENT.replace(b"00f067aa0ba902b7", b"0" * 16),
        PARENT.replace(b"-", b"_"),
        b"\xff\xfe" + PARENT,
    ],
)
def test_what_is_invalid_is_passed_over_with_its_state(parent: bytes | None) -> None:
    assert traced([("traceparent", parent), ("tracestate", STATE)]) == ()  # type: ignore[list-item]  # Kafka allows null
    assert re.fullmatch(TRACEPARENT_PATTERN, (parent or b"").decode(errors="replace")) is None


@pytest.mark.parametrize("state", [b"", b"a=\x00", b"a=\xff", b"a=\n", b"a" * 513, None])
def test_a_bad_state_is_left_behind(state: bytes | None) -> None:
    assert traced([("traceparent", PARENT), ("tracestate", state)]) == (("traceparent", PARENT),)  # type: ignore[list-item]


def test_a_state_alone_and_no_headers_are_nothing() -> None:
    assert traced([("tracestate", STATE)]) == traced(()) == ()


def test_of_a_header_that_comes_twice_the_last_counts() -> None:
    assert traced([("traceparent", PARENT), ("traceparent", OTHER)]) == (("traceparent", OTHER),)


def test_an_event_names_its_trace_in_an_attribute() -> None:
    value = with_attributes(traceparent=PARENT.decode(), tracestate=STATE.decode())
    assert traced_event(value, ()) == traced_event(value, [("a", b"b")]) == (("traceparent", PARENT), ("tracestate", STATE))


def test_in_binary_mode_in_a_header() -> None:
    headers = [("ce_traceparent", PARENT), ("ce_tracestate", STATE)]
    assert traced_event(b"{}", headers) == (("traceparent", PARENT), ("tracestate", STATE))


def test_the_records_own_header_goes_before_the_events_attribute_even_if_it_is_bad() -> None:
    value = with_attributes(traceparent=PARENT.decode())
    assert traced_event(value, [("traceparent", OTHER), ("ce_traceparent", PARENT)]) == (("traceparent", OTHER),)
    assert traced_event(value, [("traceparent", b"bad")]) == ()


@pytest.mark.parametrize("attribute", [None, 5, ["a"], {"a": 1}, "ü" * 55, "x", "ff" + PARENT.decode()[2:]])
def test_an_attribute_that_is_none_changes_nothing(attribute: object) -> None:
    assert traced_event(with_attributes(traceparent=attribute), ()) == ()


@pytest.mark.parametrize(
    "value", [None, b"", b"traceparent", b'["traceparent"]', b'{"data": {"traceparent": "x"}}', b'{"traceparent":']
)
def test_bytes_that_name_none(value: bytes | None) -> None:
    assert traced_event(value, ()) == ()
