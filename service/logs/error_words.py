"""What is said of an error in a log. The words of an error may quote an event (`KeyError: 'c-17'`), so most are left out."""

import traceback
from collections.abc import Iterator

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError, ResponseError

from service.quarantine import CodeIsWrong

_SPEAK_OF_SYSTEMS = (KafkaError, RedisError, OSError, MemoryError, CodeIsWrong)
"""Whose words are of brokers, addresses and counts."""


def _speaks_of_systems(error: BaseException) -> bool:
    # What Redis answers may quote the command, and with it a customer: its kind says enough.
    return isinstance(error, _SPEAK_OF_SYSTEMS) and not isinstance(error, ResponseError)


def in_short(error: BaseException) -> str:
    """Its kind, its words where they can't be of a customer, and the notes that were put on it."""
    kind, words = type(error).__name__, str(error) if _speaks_of_systems(error) else ""
    said = words if words.startswith(kind) else f"{kind}: {words}" if words else kind
    return " ".join([said, *getattr(error, "__notes__", ())])


def in_full(error: BaseException) -> str:
    """The same of it and of each error that led to it, the first at the top, with the lines of code they came through."""
    return "\n".join(_chain(error))


def _chain(error: BaseException) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _chain(earlier)
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} {frame.name}"
    yield in_short(error)
