"""Settings of a deployment, read once from `TIERING_*` variables."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from service.faust_safe.cluster import Cluster

PREFIX = "TIERING_"

MEANINGS = {
    "kafka": "bootstrap servers, host:port, separated by commas",
    "redis": "where the read model lies",
    "topic_prefix": "put before every topic, consumer group, transactional id and Redis key",
    "partitions": "partitions of customer-activity and of all topics that lie like it; fixed once the topics exist",
    "replication": "copies of each topic",
    "time": "wall, or events for history and demos",
    "http": "address of probes and metrics, host:port; port 0 takes a free one",
    "policy": "the policy file; a version above the log's takes over",
    "profile_seconds": "a changed profile goes out at the latest so long after its event (later while thousands of events wait)",
    "log": "human, or json: one object a line",
    "instance": "this process's name in its consumer group: over a restart it keeps its partitions; must be its own",
}
"""What each variable says, for --help."""

_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])"
_ADDRESS = re.compile(rf"{_HOST}:(\d{{1,5}})")


class SettingsError(ValueError):
    """One or more variables hold something else than is allowed; the message names each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the servers are and how this deployment is cut."""

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, host:port, separated by commas."""
    redis: str = "redis://127.0.0.1:6379/0"
    topic_prefix: str = ""
    """Put before every topic, consumer group and transactional id."""
    partitions: int = 4
    """Partitions of `customer-activity` and of all topics that lie like it; fixed once the topics exist."""
    replication: int = 1
    time: Literal["wall", "events"] = "wall"
    http: str = "127.0.0.1:0"
    """Address of probes and metrics; port 0 takes a free one."""
    policy: Path | None = None
    profile_seconds: float = 1.0
    """A changed profile goes out at the latest this long after its event; later while thousands of events wait."""
    log: Literal["human", "json"] = "human"
    instance: str = ""
    """This process's name in its consumer group (Kafka: group.instance.id); none: another takes over when it ends."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings in an environment; absent or empty variables have their defaults. Raises SettingsError."""
        values: dict[str, Any] = {}
        faults = []
        for field in fields(cls):
            variable = PREFIX + field.name.upper()
            text = environ.get(variable, "").strip()
            if not text:
                continue
            try:
                values[field.name] = _READ[field.name](text)
            except ValueError as error:
                faults.append(f"{variable} is {text!r}: {error}")
        if faults:
            raise SettingsError("; ".join(faults))
        return cls(**values)

    @property
    def cluster(self) -> Cluster:
        """The Kafka that this deployment is on."""
        return Cluster(self.kafka.split(","))

    def topic(self, name: str) -> str:
        """A topic's name in this deployment."""
        return self.topic_prefix + name

    def group(self, role: str) -> str:
        """The consumer group (Faust: the app id) of a role."""
        return f"{self.topic_prefix}tiering-{role}"


def variables() -> list[tuple[str, str]]:
    """Each variable with its meaning and default."""
    defaults = Settings()
    return [(PREFIX + name.upper(), f"{meaning} ({getattr(defaults, name) or 'none'})") for name, meaning in MEANINGS.items()]


def _address(text: str) -> str:
    match = _ADDRESS.fullmatch(text)
    if not match or int(match[1]) > 65_535:
        raise ValueError("allowed is host:port")
    return text


def _addresses(text: str) -> str:
    return ",".join(_address(each.strip()) for each in text.split(","))


def _redis(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("allowed is redis://host:port/database, rediss://... or unix://...")
    return text


def _topic_prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", text):
        raise ValueError("allowed are up to 100 letters, digits, '.', '_' and '-'")
    return text


def _instance(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", text) or text in (".", ".."):
        raise ValueError("allowed are up to 249 letters, digits, '.', '_' and '-'")
    return text


def _between(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
            raise ValueError(f"allowed is a whole number from {low} to {high}")
        return int(text)

    return read


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"allowed is {' or '.join(allowed)}")
        return text

    return read


def _seconds(text: str) -> float:
    message = "allowed is a number of seconds from 0.01 to 3600"
    try:
        value = float(text)
    except ValueError:
        raise ValueError(message) from None
    if not math.isfinite(value) or not 0.01 <= value <= 3600:
        raise ValueError(message)
    return value


_READ: dict[str, Callable[[str], Any]] = {
    "kafka": _addresses,
    "redis": _redis,
    "topic_prefix": _topic_prefix,
    "partitions": _between(1, 10_000),
    "replication": _between(1, 32),
    "time": _one_of("wall", "events"),
    "http": _address,
    "policy": Path,
    "profile_seconds": _seconds,
    "log": _one_of("human", "json"),
    "instance": _instance,
}
