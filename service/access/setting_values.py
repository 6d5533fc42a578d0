"""What a setting's text may be: each reader makes its value, or raises ValueError that says what is allowed."""

import math
import re
from collections.abc import Callable

_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])"
_ADDRESS = re.compile(rf"{_HOST}:(\d{{1,5}})")


def address(text: str) -> str:
    """host:port."""
    match = _ADDRESS.fullmatch(text)
    if not match or int(match[1]) > 65_535:
        raise ValueError("allowed is host:port")
    return text


def addresses(text: str) -> str:
    """One or more, separated by commas."""
    return ",".join(address(each.strip()) for each in text.split(","))


def topic_prefix(text: str) -> str:
    """What may stand before a topic's name."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", text):
        raise ValueError("allowed are up to 100 letters, digits, '.', '_' and '-'")
    return text


def instance(text: str) -> str:
    """A process's name in its group."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", text) or text in (".", ".."):
        raise ValueError("allowed are up to 249 letters, digits, '.', '_' and '-'")
    return text


def between(low: int, high: int) -> Callable[[str], int]:
    """A whole number, both bounds allowed."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
            raise ValueError(f"allowed is a whole number from {low} to {high}")
        return int(text)

    return read


def one_of(*allowed: str) -> Callable[[str], str]:
    """One word of a few."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"allowed is {' or '.join(allowed)}")
        return text

    return read


def seconds(text: str) -> float:
    """From a hundredth to an hour."""
    message = "allowed is a number of seconds from 0.01 to 3600"
    try:
        value = float(text)
    except ValueError:
        raise ValueError(message) from None
    if not math.isfinite(value) or not 0.01 <= value <= 3600:
        raise ValueError(message)
    return value


def web_address(text: str) -> str:
    """http or https."""
    if not re.fullmatch(r"https?://[^\s@]+", text):
        raise ValueError("allowed is https://host/path, without a user in it")
    return text
