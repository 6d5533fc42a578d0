"""Pieces of the policy file's JSON Schema: one kind of value each, with what a person reads in the editor."""

from typing import Any

from service.domain.policy_table import LARGEST

Schema = dict[str, Any]
NO_DEFAULT = object()


def integer(says: str, least: int, most: int = LARGEST, default: object = NO_DEFAULT) -> Schema:
    """An integer within bounds, both included."""
    bounds = {"minimum": least} if most == LARGEST else {"minimum": least, "maximum": most}
    return value(says, default, type="integer", **bounds)


def number(says: str, default: object, **bounds: float) -> Schema:
    """A number within the bounds of JSON Schema (`exclusiveMinimum`, ...)."""
    return value(says, default, type="number", **bounds)


def choice(says: str, words: tuple[str, ...], default: object = NO_DEFAULT) -> Schema:
    """One of a few words."""
    return value(says, default, enum=list(words))


def text(says: str, pattern: str, **more: object) -> Schema:
    """A text that matches as a whole."""
    return value(says, NO_DEFAULT, type="string", pattern=f"^({pattern})$", **more)


def boolean(says: str, *, default: bool) -> Schema:
    """True or false."""
    return value(says, default, type="boolean")


def table(says: str, keys: dict[str, Schema], *, required: tuple[str, ...] = (), **more: object) -> Schema:
    """A table that has these keys and no other."""
    closed = {"properties": keys, "required": list(required), "additionalProperties": False}
    return value(says, NO_DEFAULT, type="object", **closed, **more)


def named(definition: str, says: str) -> Schema:
    """What a definition says, with words of its own."""
    return {"description": says, "allOf": [{"$ref": f"#/definitions/{definition}"}]}


def value(says: str, default: object, **rest: object) -> Schema:
    """Any schema with its description, and its default if it has one."""
    return {"description": says, **rest} if default is NO_DEFAULT else {"description": says, "default": default, **rest}
