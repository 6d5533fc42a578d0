"""A place in Kafka."""

import re
from sys import intern
from typing import NamedTuple

_WRITTEN = re.compile(r"(.+)-([0-9]{1,9})@([0-9]{1,18})")


class Place(NamedTuple):
    """Where a record lies, written `orders.dlt-0@17`."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}@{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """ValueError when it is none."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no place in Kafka: topic-partition@offset is, like orders.dlt-0@17")
        return cls(intern(match[1]), int(match[2]), int(match[3]))
