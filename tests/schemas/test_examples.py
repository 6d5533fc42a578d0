"""The examples: each is what the codec reads and the JSON Schema allows, and both refuse the same changes of it."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from schemas import codec
from schemas.control import PolicyActivated
from schemas.dead_letters import InvalidEvent
from schemas.documents import EXAMPLES
from schemas.json_schema import INBOUND, TYPES, json_schema
from service.domain.policy_file import parse_policy
from service.intake import Rejected, intake
from tests.schemas import examples

# Every kind of value that JSON has, at the edges of what some field allows.
REPLACEMENTS: list[Any] = [None, True, "", "x", "a\u0007b", "a-b", "x" * 129, "x" * 257, 0, -1, 1, 6, 11, 2.5, 10**12 + 1, [], {}]

TIMES = [
    f"2024-06-01{time}"
    for time in (
        *("T12:00:00Z", "t12:00:00.5z", " 12:00:00Z", "T12:00:00+05:30", "T12:00:00.123456789-00:00"),
        *("T12:00:00", "T12:00:00+0530", "T12:00:00.25-0000", "T12:00:00+05", "T12:00Z", "T12:00:00,5Z", "T12:00:00.Z"),
        *("T23:59:60Z", "", "_12:00:00Z", "T12:00:00Z ", "T1:00:00Z", "T12:00:00 Z"),
    )
]


@cache
def validator(kind: str) -> Draft202012Validator:
    schema = json_schema(kind)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker(["date"]))


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def test_every_type_has_two_examples_and_no_example_is_of_another_type() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == set(TYPES)
    assert [kind for kind in TYPES if len(examples.paths(kind)) < 2] == []
    assert [path for path in EXAMPLES.rglob("*") if path.is_file() and path not in examples.paths(*TYPES)] == []


@examples.each(*TYPES)
def test_an_example_is_of_its_type_and_its_schema_allows_it(path: Path) -> None:
    event = read(path)

    assert event["type"] == path.parent.name
    assert [error.message for error in validator(path.parent.name).iter_errors(event)] == []


@examples.each(*INBOUND)
def test_an_inbound_example_is_taken_and_what_the_log_keeps_of_it_is_read_again(path: Path) -> None:
    event = codec.decode_event(path.read_bytes())

    assert type(event) is TYPES[path.parent.name]
    assert not isinstance(intake(path.read_bytes(), (), now=datetime(2025, 4, 1, tzinfo=UTC), currency=currency(path)), Rejected)
    if event.subject is not None:
        assert codec.decode_activity(codec.encode_activity(event)) == event


def currency(path: Path) -> str:
    return str(read(path)["data"].get("currency", "CNY"))


@examples.each(*examples.CONTROL)
def test_a_control_example_is_as_the_log_holds_it(path: Path) -> None:
    record = codec.decode_activity(path.read_bytes())

    assert not isinstance(record, tuple(INBOUND.values()))
    assert json.loads(codec.encode_control(record)) == read(path)  # type: ignore[arg-type]


@examples.each("policy.activated.v1")
def test_an_example_of_a_policy_is_a_policy(path: Path) -> None:
    record = codec.decode_activity(path.read_bytes())

    assert isinstance(record, PolicyActivated)
    assert parse_policy(record.data.text).label == record.id == f"{record.data.name}@{record.data.version}"
    assert sha256(record.data.text.encode()).hexdigest() == record.data.sha256


@examples.each(*examples.ANNOUNCED)
def test_an_announced_example_is_as_it_is_published(path: Path) -> None:
    announcement = codec.decode_announcement(path.read_bytes())

    assert announcement.id == f"{announcement.subject}:{announcement.sequence}"
    assert json.loads(codec.encode_announcement(announcement)) == read(path)


@examples.each(examples.PROFILE)
def test_a_profile_example_is_as_it_is_published(path: Path) -> None:
    assert json.loads(codec.encode_profile(codec.decode_profile(path.read_bytes()))) == read(path)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, key)
        yield from places(each, (*path, key))


def changes(event: Any) -> Iterator[tuple[str, Any]]:
    """The event with one place removed or replaced."""
    for *path, key in places(event):
        for replacement in (..., *REPLACEMENTS, *(TIMES if key == "time" else ())):
            changed = deepcopy(event)
            inner = changed
            for step in path:
                inner = inner[step]
            if replacement is ...:
                del inner[key]
            else:
                inner[key] = replacement
            yield f"{'.'.join(map(str, [*path, key]))} = {replacement!r}", changed


def is_taken(event: Any) -> bool:
    try:
        codec.decode_event(json.dumps(event).encode())
    except InvalidEvent:
        return False
    return True


@examples.each(*INBOUND)
def test_the_schema_and_the_codec_refuse_the_same_changes(path: Path) -> None:
    allows = validator(path.parent.name).is_valid
    verdicts = [(what, is_taken(event), allows(event)) for what, event in changes(read(path))]

    assert [what for what, taken, allowed in verdicts if taken != allowed] == []
    assert {taken for _, taken, _ in verdicts} == {True, False}


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind not in INBOUND])
def test_all_that_the_service_writes_in_an_envelope_is_promised(kind: str) -> None:
    event = read(examples.paths(kind)[0])
    for name in event:
        assert not validator(kind).is_valid({each: value for each, value in event.items() if each != name})
