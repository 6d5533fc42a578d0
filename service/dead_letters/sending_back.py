"""Sending dead letters back to where they came from."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aiokafka.errors import MessageSizeTooLargeError, RecordTooLargeError

from schemas.dead_letters import Code, own_headers, replay_headers
from schemas.topics import CUSTOMER_ACTIVITY, DEAD_LETTER_REPLAYS
from service.dead_letters.letters import Letter, Replay
from service.dead_letters.verdict import refused_again
from service.faust_safe.sending import PRODUCER, Outgoing
from service.intake import Rejected
from service.pace import Pace
from service.partitioner import partition_for
from service.place import Place
from service.settings import Settings

AT_ONCE, BYTES_AT_ONCE, SECONDS_AT_ONCE = 500, 16 << 20, 0.5
"""Letters wait for each other to be sent, so many, so large or for so long at most."""
_LARGEST = 16 << 20


class Answer(NamedTuple):
    """What becomes of a letter: sent `to` a place (None: not sent), or why it would be refused again."""

    letter: Letter
    to: Place | None
    refused: Rejected | None = None


class Waiting(NamedTuple):
    """A letter that is being sent, and why it would be refused again."""

    letter: Letter
    out: Outgoing
    refused: Rejected | None


class Return:
    """Sends letters back; `counts`: how many partitions each topic has, `currency`: the policy's.

    A letter that would surely be refused again stays where it is, unless `also_refused`.
    """

    def __init__(self, settings: Settings, currency: str, counts: Mapping[str, int], *, also_refused: bool = False) -> None:
        self.settings, self.currency, self.counts, self.also_refused = settings, currency, counts, also_refused
        self._log = settings.topic(CUSTOMER_ACTIVITY)

    async def look(self, letters: AsyncIterator[tuple[Letter, Any]]) -> AsyncGenerator[Answer, None]:
        """What `send` would do; without an offset in the place, as it is not known."""
        async for letter, record in letters:
            refused = refused_again(letter, record, self._log, self.currency)
            out = self.outgoing(letter, record)
            yield Answer(letter, Place(out.topic, out.partition, -1) if self._goes(refused) else None, refused)

    async def send(self, letters: AsyncIterator[tuple[Letter, Any]], pace: Pace) -> AsyncGenerator[Answer, None]:
        """Send each letter and note it as sent back."""
        # Not idempotent: a record that is too large for its topic would break the sequence, and repeats do no harm.
        settings = {**PRODUCER, "max_request_size": _LARGEST, "compression_type": "gzip"}
        producer = self.settings.cluster.producer(**settings)
        try:
            await producer.start()
            waiting: list[Waiting] = []
            size, since = 0, time.monotonic()
            async for letter, record in letters:
                refused = refused_again(letter, record, self._log, self.currency)
                if not self._goes(refused):
                    yield Answer(letter, None, refused)
                    continue
                await pace.one_more()
                waiting.append(Waiting(letter, self.outgoing(letter, record), refused))
                size += letter.latest.size
                if len(waiting) == AT_ONCE or size > BYTES_AT_ONCE or time.monotonic() - since > SECONDS_AT_ONCE:
                    for answer in await self._sent(producer, waiting):
                        yield answer
                    waiting, size, since = [], 0, time.monotonic()
            for answer in await self._sent(producer, waiting):
                yield answer
        finally:
            await producer.stop()

    def outgoing(self, letter: Letter, record: Any) -> Outgoing:
        """The record as it came, and which letter it is."""
        topic = letter.latest.topic
        headers = [*own_headers(record.headers), *replay_headers(str(letter.place), letter.replays + 1)]
        return Outgoing(topic, self._partition(letter, record), record.key, record.value, headers)

    def _goes(self, refused: Rejected | None) -> bool:
        return refused is None or self.also_refused

    def _partition(self, letter: Letter, record: Any) -> int:
        """The customer's in the log; elsewhere the one it came from."""
        topic = letter.latest.topic
        if topic == self._log and record.key is not None:
            return partition_for(record.key, self.settings.partitions)
        origin = letter.latest.source or letter.latest.place
        return origin.partition % self.counts[topic]

    async def _sent(self, producer: Any, waiting: Sequence[Waiting]) -> list[Answer]:
        written = [
            await producer.send(out.topic, out.value, key=out.key, partition=out.partition, headers=list(out.headers))
            for _, out, _ in waiting
        ]
        places = await asyncio.gather(*written, return_exceptions=True)
        answers = [_answer(each, place) for each, place in zip(waiting, places, strict=True)]
        await self._note(producer, answers)
        return answers

    async def _note(self, producer: Any, answers: Sequence[Answer]) -> None:
        topic, now = self.settings.topic(DEAD_LETTER_REPLAYS), datetime.now(UTC)
        noted = []
        for letter, to, _ in answers:
            if to is not None:
                note = Replay(letter=str(letter.place), attempt=letter.replays + 1, at=now, to=str(to))
                noted.append(await producer.send(topic, note.encode(), key=note.letter.encode()))
        await asyncio.gather(*noted)


def _answer(waiting: Waiting, written: Any) -> Answer:
    letter = waiting.letter
    if isinstance(written, MessageSizeTooLargeError | RecordTooLargeError):
        message = f"{letter.latest.size} bytes are more than the topic takes (max.message.bytes)"
        return Answer(letter, None, Rejected(Code.TOO_LARGE, message))
    if isinstance(written, BaseException):
        raise written
    return Answer(letter, Place(written.topic, written.partition, written.offset), waiting.refused)
