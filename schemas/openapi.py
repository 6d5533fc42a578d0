"""The query's contract as an OpenAPI document: what may be asked over HTTP, and every answer there is."""

from http import HTTPStatus
from typing import Any

import msgspec

from schemas.query import CustomerFound, Problem

Document = dict[str, Any]

TOKEN = "token"
PATH = "/customers/{customer_id}"
MEANINGS = {
    200: "The customer's profile, as it was published last.",
    401: "A token is asked for, and none came, or one that is not known.",
    404: "Nothing is published of such a customer: he was never known, or erased. Or another path was asked for.",
    405: "Customers can be looked up, nothing else.",
    500: "What is stored is no profile: a fault of the service.",
    503: "An answer could be wrong now: the store does not answer, or is still being filled. Ask again.",
}
"""What each status says. Whoever can't speak HTTP is answered with 400 before it is looked at what he wants."""
_HEADERS = {
    401: ("WWW-Authenticate", {"type": "string", "const": "Bearer"}),
    405: ("Allow", {"type": "string", "const": "GET,HEAD"}),
    503: ("Retry-After", {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "Seconds."}),
}
_NO_STORE = {"required": True, "schema": {"type": "string", "const": "no-store"}}


def openapi(version: str) -> Document:
    """The OpenAPI 3.1 document."""
    (found, problem), schemas = msgspec.json.schema_components(
        (CustomerFound, Problem), ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Customer tiering: the query",
            "version": version,
            "description": "Looks a customer up in the read model; gives no answer from one that is still being filled. "
            "Unknown fields are to be ignored; only optional fields are ever added. Paths name customers: whoever stands between "
            "must not log them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "TIERING_QUERY of the deployment."}],
        "paths": {PATH: {"parameters": [_CUSTOMER_ID], "get": _look_up(found, problem)}},
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {TOKEN: {"type": "http", "scheme": "bearer", "description": "One of TIERING_QUERY_TOKENS."}},
        },
    }


_CUSTOMER_ID: Document = {
    "name": "customer_id",
    "in": "path",
    "required": True,
    "description": "`subject` of his events, percent-encoded; a `/` in it too.",
    "schema": {"type": "string", "minLength": 1},
}


def _look_up(found: Document, problem: Document) -> Document:
    contents = {status: _content("application/problem+json", problem) for status in MEANINGS}
    contents[200] = _content("application/json", found)
    return {
        "operationId": "lookUpCustomer",
        "summary": "A customer's whole standing",
        "description": "HEAD is answered alike, without the body.",
        "security": [{TOKEN: []}, {}],
        "responses": {str(status): _response(status, content) for status, content in contents.items()},
    }


def _response(status: int, content: Document) -> Document:
    headers = {"Cache-Control": _NO_STORE}
    if status in _HEADERS:
        name, schema = _HEADERS[status]
        headers[name] = {"required": True, "schema": schema}
    return {"description": f"{HTTPStatus(status).phrase}. {MEANINGS[status]}", "headers": headers, "content": content}


def _content(kind: str, schema: Document) -> Document:
    return {kind: {"schema": schema}}
