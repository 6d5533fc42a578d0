"""A log line as a JSON object."""

import json
import logging
import sys

from service.log_lines import JsonLines


def line(**extra: object) -> dict[str, object]:
    logger = logging.getLogger("service.test")
    record = logger.makeRecord("service.test", logging.INFO, "f", 1, "read %d", (3,), None, extra=extra)
    parsed: dict[str, object] = json.loads(JsonLines("intake").format(record))
    return parsed


def test_what_each_line_has() -> None:
    parsed = line()
    assert str(parsed.pop("time")).endswith("+00:00")
    assert parsed == {"level": "info", "role": "intake", "logger": "service.test", "message": "read 3"}


def test_own_fields_are_fields_and_replace_none_of_the_others() -> None:
    parsed = line(rows=5, level="x", odd={1})
    assert (parsed["rows"], parsed["level"], parsed["odd"]) == (5, "info", [1])


def test_an_error_is_in_one_line() -> None:
    try:
        raise ValueError("no\nsuch")
    except ValueError:
        record = logging.LogRecord("a", logging.ERROR, "f", 1, "failed", (), sys.exc_info())
    text = JsonLines("intake").format(record)
    assert "\n" not in text
    assert "ValueError: no" in json.loads(text)["error"]
