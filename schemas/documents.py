"""The contract as documents, made from the types: a JSON Schema for each, AsyncAPI for the topics, OpenAPI for the query.

`python -m schemas.documents` writes them; with `--check` it only says which are stale, and exits with 1.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from schemas.dead_letters import Code, headers_for
from schemas.envelope import CONTENT_TYPE
from schemas.json_schema import CONTROL, INBOUND, TYPES, Document, components, json_schema
from schemas.openapi import openapi
from schemas.topics import CUSTOMER_ACTIVITY, CUSTOMER_PROFILES, TOPICS, Topic
from schemas.trace_context import MOST_STATE, TRACEPARENT, TRACEPARENT_PATTERN, TRACESTATE

HERE = Path(__file__).parent
SCHEMAS = HERE / "json"
EXAMPLES = HERE / "examples"
ASYNCAPI = HERE / "asyncapi.json"
OPENAPI = HERE / "openapi.json"
CONTRACT_VERSION = "1.0.0"
DEAD_LETTER, ERASED, TRACED = "dead-letter", "customer.erased", "traced"
_OURS = {"intake", "customers", "clock", "read model", "tiering dead-letters"}


def examples(kind: str) -> dict[str, Any]:
    """The examples of one type by name, as parsed JSON."""
    return {path.stem: msgspec.json.decode(path.read_bytes()) for path in sorted((EXAMPLES / kind).glob("*.json"))}


def asyncapi() -> Document:
    """The AsyncAPI 3.0 document: every topic is a channel, every type a message; seen from the service."""
    roots, schemas = components(list(TYPES), "#/components/schemas/{name}")
    messages = {kind: _message(kind, schemas[name], name) for kind, name in roots.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Customer tiering",
            "version": CONTRACT_VERSION,
            "description": "Keeps an exact rolling picture of every customer and publishes every change of it, with the reason. "
            "Every record is a CloudEvents 1.0 event in structured JSON mode; binary mode is taken on the inbound topics too. "
            "Unknown fields are ignored; only optional fields are ever added.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(operation for topic in TOPICS for operation in _operations(topic)),
        "components": {
            "messages": {**messages, DEAD_LETTER: _dead_letter(), ERASED: _erased()},
            "messageTraits": {TRACED: _traced()},
            "schemas": schemas,
        },
    }


def _message(kind: str, schema: Document, name: str) -> Document:
    message: Document = {
        "name": kind,
        "title": kind,
        "summary": schema["description"],
        "contentType": CONTENT_TYPE,
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "examples": [{"name": name, "payload": payload} for name, payload in examples(kind).items()],
    }
    if kind not in CONTROL:
        message["traits"] = [{"$ref": f"#/components/messageTraits/{TRACED}"}]
    if "subject" in schema["properties"] and kind not in INBOUND:
        message["bindings"] = {"kafka": {"key": {"type": "string", "description": "The customer's id, as in `subject`."}}}
    return message


def _dead_letter() -> Document:
    names = [name for name, _ in headers_for("", 0, 0, Code.MALFORMED_JSON, "")]
    headers: Document = {name: {"type": "string"} for name in names}
    headers["tiering.error.code"]["enum"] = [str(code) for code in Code]
    return {
        "name": DEAD_LETTER,
        "title": "A refused record",
        "summary": "Key, value, headers and timestamp as they came; further headers say what is wrong.",
        "contentType": "application/octet-stream",
        "headers": {"type": "object", "required": names, "properties": headers},
        "payload": {"description": "Any bytes."},
    }


def _traced() -> Document:
    """Headers a record may have: an event where its producer put them; what the service writes, where the cause had them."""
    text: Document = {"type": "string"}
    parent = {**text, "pattern": TRACEPARENT_PATTERN, "description": "W3C Trace Context, as it came; no span of this service."}
    state = {**text, "maxLength": MOST_STATE, "description": "W3C Trace Context; only together with `traceparent`."}
    return {"headers": {"type": "object", "properties": {TRACEPARENT: parent, TRACESTATE: state}}}


def _erased() -> Document:
    summary = "No value: the customer was erased."
    return {"name": ERASED, "title": "An erased customer", "summary": summary, "payload": {"type": "null"}}


def _messages(topic: Topic) -> tuple[str, ...]:
    if topic.name == CUSTOMER_PROFILES:
        return (*topic.types, ERASED)
    return (DEAD_LETTER,) if topic.name.endswith(".dlt") else topic.types


def _channel(topic: Topic) -> Document:
    channel: Document = {
        "address": topic.name,
        "title": topic.name,
        "description": f"{topic.purpose} Written by {topic.written_by}; read by {topic.read_by}. {_partitions(topic)}",
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": _configuration(topic), "bindingVersion": "0.5.0"}},
    }
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in _messages(topic)}
    return {**channel, "messages": messages} if messages else channel


def _partitions(topic: Topic) -> str:
    if topic.name == CUSTOMER_ACTIVITY:
        return "As many partitions as the deployment sets; a customer's is murmur2(customer id) modulo their number."
    if topic.like_log:
        return f"As many partitions as `{CUSTOMER_ACTIVITY}`, and a customer's records lie in the same one."
    return "Any number of partitions, any key, any partitioner."


def _configuration(topic: Topic) -> Document:
    """The topic's settings in the types that AsyncAPI wants: numbers as integers, the cleanup as a list."""
    settings = {name: int(value) if value.lstrip("-").isdigit() else value for name, value in topic.configuration().items()}
    return {**settings, "cleanup.policy": [topic.cleanup]}


def _operations(topic: Topic) -> list[tuple[str, Document]]:
    """What the service does with a topic: `send`, `receive` or both."""
    roles = {"send": topic.written_by.split(", "), "receive": topic.read_by.split(", ")}
    return [
        (f"{action}-{topic.name}", _operation(topic, action, [each for each in who if each in _OURS]))
        for action, who in roles.items()
        if _OURS.intersection(who)
    ]


def _operation(topic: Topic, action: str, roles: Sequence[str]) -> Document:
    channel = f"#/channels/{topic.name}"
    verb = {"send": "Written by", "receive": "Read by"}[action]
    operation: Document = {"action": action, "channel": {"$ref": channel}, "summary": f"{verb} {' and '.join(roles)}."}
    messages = [{"$ref": f"{channel}/messages/{name}"} for name in _messages(topic)]
    return {**operation, "messages": messages} if messages else operation


def documents() -> dict[Path, bytes]:
    """Every generated file and what belongs in it."""
    made = {SCHEMAS / f"{kind}.json": json_schema(kind) for kind in TYPES}
    made |= {ASYNCAPI: asyncapi(), OPENAPI: openapi(CONTRACT_VERSION)}
    return {path: _text(document) for path, document in made.items()}


def _text(document: Document) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def stale() -> list[Path]:
    """Files that are missing, differ from what the types say, or belong to no type."""
    expected = documents()
    differ = [path for path, text in expected.items() if not path.exists() or path.read_bytes() != text]
    return differ + [path for path in sorted(SCHEMAS.glob("*")) if path not in expected]


def _write() -> None:
    expected = documents()
    SCHEMAS.mkdir(exist_ok=True)
    for path in SCHEMAS.glob("*"):
        if path not in expected:
            path.unlink()
    for path, text in expected.items():
        path.write_bytes(text)


def main(arguments: Sequence[str]) -> int:
    """Write the documents, or with `--check` name the stale ones; the exit code (2: wrong use)."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m schemas.documents [--check]\n")
        return 2
    if not arguments:
        _write()
        return 0
    found = stale()
    for path in found:
        sys.stderr.write(f"{path.relative_to(HERE.parent)} is stale: make schemas\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
