"""The official CloudEvents SDK is the oracle: what it writes we read, what we write it reads, in both modes."""

import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.v1.event import CloudEvent

from schemas import codec
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import Event
from schemas.json_schema import INBOUND
from tests.schemas import examples


def by_sdk(path: Path) -> Any:
    """An example as the SDK understands it."""
    return kafka.from_kafka_event(kafka.KafkaMessage(headers={}, key=None, value=path.read_bytes()))


def sdk_event(path: Path, **changes: Any) -> Any:
    """An example made anew by the SDK's own constructor, with other attributes; None: without it."""
    event = by_sdk(path)
    attributes = {**event.get_attributes(), **changes}
    return CloudEvent({name: value for name, value in attributes.items() if value is not None}, event.get_data())


def decoded(message: kafka.KafkaMessage) -> Event:
    return codec.decode_event(message.value, list(message.headers.items()))


@examples.each(*INBOUND)
def test_an_event_of_the_sdk_in_structured_mode_is_read(path: Path) -> None:
    message = kafka.to_structured_event(sdk_event(path))

    assert message.headers == {"content-type": b"application/cloudevents+json"}
    assert decoded(message) == codec.decode_event(path.read_bytes())


@examples.each(*INBOUND)
def test_an_event_of_the_sdk_in_binary_mode_is_read(path: Path) -> None:
    message = kafka.to_binary_event(sdk_event(path, datacontenttype="application/json"))

    assert message.headers["ce_type"] == path.parent.name.encode()
    assert b"specversion" not in message.value
    assert decoded(message) == codec.decode_event(path.read_bytes())


@examples.each(*INBOUND)
def test_extensions_and_other_attributes_change_nothing(path: Path) -> None:
    event = sdk_event(path, dataschema="urn:x", partitionkey="7", traceparent="00-ab-cd-01", datacontenttype="application/json")

    assert decoded(kafka.to_structured_event(event)) == decoded(kafka.to_binary_event(event))
    assert decoded(kafka.to_structured_event(event)) == codec.decode_event(path.read_bytes())


def test_a_null_subject_is_no_subject() -> None:
    """The JSON format says so; this version of the SDK refuses it, so it cannot be asked."""
    event = json.loads(examples.paths("order.paid.v1")[0].read_bytes())
    without = {name: value for name, value in event.items() if name != "subject"}

    assert codec.decode_event(json.dumps({**event, "subject": None}).encode()) == codec.decode_event(json.dumps(without).encode())


@examples.each(*INBOUND)
def test_the_sdk_and_we_read_the_same_attributes_and_data(path: Path) -> None:
    ours, theirs = codec.decode_event(path.read_bytes()), by_sdk(path)

    assert (ours.id, ours.source, ours.subject, ours.time, ours.specversion) == (
        theirs.get_id(),
        theirs.get_source(),
        theirs.get_subject(),
        theirs.get_time(),
        theirs.get_specversion(),
    )
    if ours.subject is not None:
        kept = json.loads(codec.encode_activity(ours))["data"]
        assert {name: value for name, value in theirs.get_data().items() if name in kept} == kept


@pytest.mark.parametrize("missing", ["specversion", "id", "source", "type"])
def test_both_modes_want_the_attributes_that_cloudevents_wants(missing: str) -> None:
    path = examples.paths("order.paid.v1")[0]
    structured = {name: value for name, value in json.loads(path.read_bytes()).items() if name != missing}
    binary = kafka.to_binary_event(sdk_event(path))
    headers = [(name, value) for name, value in binary.headers.items() if name != f"ce_{missing}"]

    for value, given in ((json.dumps(structured).encode(), []), (binary.value, headers)):
        with pytest.raises(InvalidEvent) as refused:
            codec.decode_event(value, given)
        assert refused.value.code == Code.MISSING_FIELD
        assert missing in refused.value.message


@examples.each(*examples.ANNOUNCED)
def test_the_sdk_reads_our_announcements(path: Path) -> None:
    ours = codec.decode_announcement(path.read_bytes())
    message = kafka.KafkaMessage(
        headers={"content-type": b"application/cloudevents+json"},
        key=ours.subject.encode(),
        value=codec.encode_announcement(ours),
    )
    theirs = kafka.from_kafka_event(message)

    assert (theirs.get_id(), theirs.get_source(), theirs.get_type()) == (ours.id, ours.source, ours.type)
    assert (theirs.get_subject(), theirs.get_time()) == (ours.subject, ours.time)
    assert theirs.get_extension("sequence") == ours.sequence
    assert theirs.get_datacontenttype() == "application/json"
    assert theirs.get_data() == json.loads(path.read_bytes())["data"]


@examples.each(examples.PROFILE, *examples.CONTROL)
def test_the_sdk_reads_our_profiles_and_control_records(path: Path) -> None:
    theirs = by_sdk(path)

    assert theirs.get_type() == path.parent.name
    assert theirs.get_source() == "/tiering"
