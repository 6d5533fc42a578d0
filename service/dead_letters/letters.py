"""Dead letters: what was refused, how often, and whether it was sent back.

A letter is one event, however often it was refused: a record that was sent back names the letter it was.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from service.dead_letters.refused_record import RefusedRecord, refused_record
from service.place import Place


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A letter was sent back for the `attempt`-th time, `to` a place: a record of `dead-letter-replays`."""

    letter: str
    attempt: int
    at: datetime
    to: str

    def encode(self) -> bytes:
        """As a record's value."""
        return _encode(self)


_encode = msgspec.json.Encoder().encode
_replay = msgspec.json.Decoder(Replay)


@dataclass(slots=True)
class Letter:
    """All refusals of one event. `place`: where the first of them lies, or lay; `since`: its timestamp, if it is still there."""

    place: Place
    latest: RefusedRecord
    since: int
    replay: Replay | None

    @property
    def attempts(self) -> int:
        """How often the event was refused."""
        return self.latest.attempt + 1

    @property
    def replays(self) -> int:
        """How often it was sent back."""
        return max(self.latest.attempt, self.replay.attempt if self.replay else 0)

    @property
    def open(self) -> bool:
        """It was not sent back since it was refused last."""
        return self.replays == self.latest.attempt

    def add(self, other: RefusedRecord) -> None:
        """One more refusal, in any order."""
        self.since = min(self.since, other.timestamp)
        if (other.attempt, other.timestamp) > (self.latest.attempt, self.latest.timestamp):
            self.latest = other


class Letters:
    """All letters of a deployment; what was sent back is added before what was refused."""

    def __init__(self) -> None:
        self._letters: dict[Place, Letter] = {}
        self._replays: dict[str, Replay] = {}
        self._first: dict[int, Place] = {}

    def __iter__(self) -> Iterator[Letter]:
        return iter(self._letters.values())

    def add_replay(self, value: bytes) -> None:
        """A record of `dead-letter-replays`; what can't be read is none of ours."""
        try:
            replay = _replay.decode(value)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return
        known = self._replays.get(replay.letter)
        if known is None or replay.attempt > known.attempt:
            self._replays[replay.letter] = replay

    def add_refused(self, record: Any) -> None:
        """A record of a dead-letter topic."""
        refused = refused_record(record)
        letter = self.of(refused, record.value)
        if letter is None:
            place = refused.letter or refused.place
            self._letters[place] = Letter(place, refused, refused.timestamp, self._replays.get(str(place)))
        else:
            letter.add(refused)

    def of(self, refused: RefusedRecord, value: bytes | None) -> Letter | None:
        """The letter that a refusal is of."""
        return self._letters.get(refused.letter or self._first_of(refused, value))

    def _first_of(self, refused: RefusedRecord, value: bytes | None) -> Place:
        """Intake may refuse a record twice, after a crash: where the first time lies."""
        if refused.source is None:
            return refused.place
        event = refused.source, refused.timestamp, zlib.crc32(value or b"")
        return self._first.setdefault(hash(event), refused.place)
