"""The records of the topics that effects consist of."""

from collections.abc import Iterable

from schemas import topics
from schemas.dead_letters import headers_for
from schemas.envelope import STRUCTURED
from schemas.trace_context import Headers
from service.effects import Effects
from service.faust_safe.sending import Outgoing
from service.settings import Settings


def outgoing(settings: Settings, partition: int, effects: Effects) -> Iterable[Outgoing]:
    """All records of a partition but rows, in the order of their causes."""
    log = settings.topic(topics.CUSTOMER_ACTIVITY)
    dead = settings.topic(topics.dead_letter_topic(topics.CUSTOMER_ACTIVITY))
    for letter in effects.dead_letters:
        record = letter.record
        headers = [*record.headers, *headers_for(log, partition, record.offset, letter.code, letter.message)]
        yield Outgoing(dead, partition, record.key, record.value, headers, record.timestamp)
    for topic, key, value in effects.announcements:
        yield Outgoing(settings.topic(topic), partition, key, value, _headers(effects, value))
    profiles = settings.topic(topics.CUSTOMER_PROFILES)
    for key, profile in effects.profiles:
        yield Outgoing(profiles, partition, key, profile, _headers(effects, profile))


def _headers(effects: Effects, value: bytes | None) -> Headers:
    if effects.traces and value in effects.traces:
        return (*STRUCTURED, *effects.traces[value])
    return STRUCTURED
