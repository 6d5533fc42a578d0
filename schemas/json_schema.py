"""The contract's types as JSON Schema (2020-12), with what the types themselves cannot say."""

from collections.abc import Sequence
from typing import Any, get_args

import msgspec

from schemas.control import Control
from schemas.inbound import EVENTS
from schemas.outbound import SAID, Announcement, Said
from schemas.profile import ProfileEvent

Document = dict[str, Any]


def _announced(data: type[Said]) -> Any:
    """The envelope of one kind of announcement, with its type as the tag."""
    fields = [field for field in msgspec.structs.fields(Announcement) if field.name != "type"]
    described: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for field in fields:
        kind = data if field.name == "data" else field.type
        described.append((field.name, kind) if field.required else (field.name, kind, field.default))
    name, said = f"{data.__name__}Announcement", {"__doc__": data.__doc__}
    return msgspec.defstruct(name, described, namespace=said, kw_only=True, tag_field="type", tag=data.TYPE)


INBOUND = {str(event.__struct_config__.tag): event for event in EVENTS}
CONTROL = {str(record.__struct_config__.tag): record for record in get_args(Control)}
TYPES: dict[str, Any] = {
    **INBOUND,
    **CONTROL,
    **{said.TYPE: _announced(said) for said in SAID},
    "customer.profile.v1": ProfileEvent,
}

_SUBJECT: Document = {"required": ["subject"], "properties": {"subject": {"type": "string"}}}


def _data(rule: Document) -> Document:
    return {"properties": {"data": rule}}


def _score(kinds: Sequence[str], low: int, high: int) -> Document:
    kind = _data({"properties": {"kind": {"enum": list(kinds)}}})
    return {"if": kind, "then": _data({"properties": {"score": {"minimum": low, "maximum": high}}})}


# What the types cannot say and the codec asks: whose event it is, and what one field demands of another.
_RULES: dict[str, list[Document]] = {
    "order.refunded.v1": [
        _SUBJECT,
        {
            "if": _data({"properties": {"amount_minor": {"const": 0}}}),
            "then": _data({"required": ["order_id"], "properties": {"order_id": {"type": "string"}}}),
        },
    ],
    "feedback.given.v1": [
        _SUBJECT,
        {
            "if": _data({"properties": {"kind": {"enum": ["complaint", "complaint-resolved"]}}}),
            "then": _data({"required": ["complaint_id"], "properties": {"complaint_id": {"type": "string"}}}),
        },
        _score(["rating", "review"], 1, 5),
        _score(["nps"], 0, 10),
    ],
}


def json_schema(kind: str) -> Document:
    """The JSON Schema (2020-12) of one type, complete in itself."""
    roots, definitions = components([kind], "#/$defs/{name}")
    root = definitions.pop(roots[kind])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:customer-tiering:{kind}"}
    return {**head, **root, "title": kind, "$defs": definitions}


def components(kinds: Sequence[str], template: str) -> tuple[dict[str, str], Document]:
    """The name of each type's schema, and all schemas that they need, which refer to each other by the template."""
    references, schemas = msgspec.json.schema_components([TYPES[kind] for kind in kinds], ref_template=template)
    roots = {kind: _name(reference) for kind, reference in zip(kinds, references, strict=True)}
    for kind, name in roots.items():
        if kind in _RULES:
            schemas[name]["allOf"] = _RULES[kind]
        if kind not in INBOUND:  # what the service writes has every attribute of the envelope
            schemas[name]["required"] = list(schemas[name]["properties"])
    return roots, dict(sorted(schemas.items()))


def _name(reference: Document) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]
