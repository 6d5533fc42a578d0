"""The generated documents: fresh; AsyncAPI says all of the topics and types and nothing else, OpenAPI is valid."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from schemas import documents
from schemas.dead_letters import Code
from schemas.documents import ASYNCAPI, DEAD_LETTER, ERASED, OPENAPI, SCHEMAS
from schemas.json_schema import TYPES
from schemas.topics import CHANGELOG, DEAD_LETTER_REPLAYS, INBOUND, TOPICS

DOCUMENT: dict[str, Any] = json.loads(ASYNCAPI.read_bytes())


def test_the_committed_documents_are_fresh() -> None:
    assert documents.stale() == []


def test_a_stale_a_missing_and_an_orphan_file_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(documents, "HERE", tmp_path)
    monkeypatch.setattr(documents, "SCHEMAS", tmp_path / "json")
    monkeypatch.setattr(documents, "ASYNCAPI", tmp_path / "asyncapi.json")
    monkeypatch.setattr(documents, "OPENAPI", tmp_path / "openapi.json")
    assert documents.main([]) == documents.main(["--check"]) == 0

    (tmp_path / "json" / "order.paid.v1.json").write_text("{}")
    (tmp_path / "json" / "order.eaten.v1.json").write_text("{}")
    (tmp_path / "asyncapi.json").unlink()
    (tmp_path / "openapi.json").write_text("{}")

    assert documents.main(["--check"]) == 1
    named = {line.split()[0] for line in capsys.readouterr().err.splitlines()}
    assert {Path(name).name for name in named} == {"order.paid.v1.json", "order.eaten.v1.json", "asyncapi.json", "openapi.json"}
    assert documents.main([]) == documents.main(["--check"]) == 0


def test_wrong_use_is_said() -> None:
    assert documents.main(["--chek"]) == 2


@pytest.mark.parametrize("kind", TYPES)
def test_a_schema_is_2020_12_and_complete_in_itself(kind: str) -> None:
    schema = json.loads((SCHEMAS / f"{kind}.json").read_bytes())

    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)
    assert all(resolves(schema, reference) for reference in references(schema))
    assert schema["properties"]["type"] == {"enum": [kind]} or kind == "customer.profile.v1"


def test_every_type_has_a_topic_and_every_topic_types_that_exist() -> None:
    carried = {kind for topic in TOPICS for kind in topic.types}

    assert carried == set(TYPES)
    assert {topic.name for topic in TOPICS if not topic.types} == {
        CHANGELOG,
        DEAD_LETTER_REPLAYS,
        *(name for name in DOCUMENT["channels"] if name.endswith(".dlt")),
    }


def test_every_topic_is_a_channel_with_its_kafka_settings() -> None:
    channels = DOCUMENT["channels"]
    assert list(channels) == [topic.name for topic in TOPICS]
    for topic in TOPICS:
        channel, settings = channels[topic.name], channels[topic.name]["bindings"]["kafka"]["topicConfiguration"]
        assert channel["address"] == channel["bindings"]["kafka"]["topic"] == topic.name
        assert settings["cleanup.policy"] == [topic.cleanup]
        assert settings.get("retention.ms") == (topic.retention_ms if topic.cleanup == "delete" else None)
        assert all(type(value) is int for name, value in settings.items() if name.endswith((".ms", ".bytes")))
        assert topic.purpose in channel["description"]
        assert "partition" in channel["description"]
        assert set(topic.types) <= set(channel.get("messages", ()))


def test_every_message_is_carried_and_every_operation_has_a_channel() -> None:
    carried = {name for channel in DOCUMENT["channels"].values() for name in channel.get("messages", ())}
    messages = DOCUMENT["components"]["messages"]

    assert carried == set(messages) == {*TYPES, DEAD_LETTER, ERASED}
    used = {operation["channel"]["$ref"].rsplit("/", 1)[1] for operation in DOCUMENT["operations"].values()}
    assert used == set(DOCUMENT["channels"])
    assert {operation["action"] for operation in DOCUMENT["operations"].values()} == {"send", "receive"}
    for name in INBOUND:
        assert DOCUMENT["operations"][f"receive-{name}"]["channel"] == {"$ref": f"#/channels/{name}"}
        assert f"send-{name}" not in DOCUMENT["operations"]


def test_every_reference_resolves_and_every_schema_is_used() -> None:
    found = set(references(DOCUMENT))
    schemas = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}

    assert [reference for reference in found if not resolves(DOCUMENT, reference)] == []
    assert schemas == {reference for reference in found if reference.startswith("#/components/schemas/")}


@pytest.mark.parametrize("kind", TYPES)
def test_the_payload_of_a_message_allows_its_examples_and_not_another_types(kind: str) -> None:
    message = DOCUMENT["components"]["messages"][kind]
    # AsyncAPI reads a payload as draft 7 unless told otherwise.
    validator = Draft7Validator({**message["payload"], "components": DOCUMENT["components"]})

    assert len(message["examples"]) >= 2
    assert all(validator.is_valid(example["payload"]) for example in message["examples"])
    other = next(each for each in TYPES if each != kind)
    assert not validator.is_valid(DOCUMENT["components"]["messages"][other]["examples"][0]["payload"])


def test_a_dead_letter_has_a_code_of_the_closed_list() -> None:
    headers = DOCUMENT["components"]["messages"][DEAD_LETTER]["headers"]

    assert headers["properties"]["tiering.error.code"]["enum"] == list(Code)
    assert set(headers["required"]) == set(headers["properties"])


def test_the_contract_of_the_query_is_openapi_and_complete_in_itself() -> None:
    document = json.loads(OPENAPI.read_bytes())

    OpenAPIV31SpecValidator(document).validate()
    found = set(references(document))
    assert [reference for reference in found if not resolves(document, reference)] == []
    assert {f"#/components/schemas/{name}" for name in document["components"]["schemas"]} == found


def references(document: Any) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(document, dict):
        if isinstance(document.get("$ref"), str):
            yield document["$ref"]
        for each in document.values():
            yield from references(each)
    elif isinstance(document, list):
        for each in document:
            yield from references(each)


def resolves(document: Any, reference: str) -> bool:
    """Whether a local reference leads somewhere."""
    here = document
    for step in reference.removeprefix("#/").split("/"):
        if not isinstance(here, dict) or step not in here:
            return False
        here = here[step]
    return True
