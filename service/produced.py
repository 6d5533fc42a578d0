"""When events were produced: intake tells it in the log, in a header of the first of some records that it takes there together.

Such a header goes no further than the log and its dead letters, and what it says changes nothing but a metric.
"""

from collections.abc import Sequence

from service.effects import Record
from service.faust_safe.sending import Content

PRODUCED = "tiering.produced"
"""`<ms> <records>`: the timestamp of the oldest of so many records of intake's batch, this one first."""
SPREAD = 1_000
"""So many milliseconds the timestamps of records under one mark differ at most: one that is old makes no others seem so."""


def marked(contents: list[Content], times: Sequence[int]) -> list[Content]:
    """What goes to one partition, produced at these times, with marks; the header comes before all others."""
    if contents and max(times) - min(times) <= SPREAD:
        _mark(contents, 0, len(contents), min(times))
    elif contents:
        begin, oldest, newest = 0, times[0], times[0]
        for at, time in enumerate(times):
            oldest, newest = min(oldest, time), max(newest, time)
            if newest - oldest > SPREAD:
                _mark(contents, begin, at, min(times[begin:at]))
                begin, oldest, newest = at, time, time
        _mark(contents, begin, len(contents), oldest)
    return contents


def _mark(contents: list[Content], begin: int, end: int, oldest: int) -> None:
    key, value, headers, timestamp = contents[begin]
    contents[begin] = key, value, ((PRODUCED, b"%d %d" % (oldest, end - begin)), *headers), timestamp


class Produced:
    """Of one partition of the log, whose records it is shown in order."""

    def __init__(self) -> None:
        self._oldest = self._left = 0
        """What the latest mark said, and for how many more records it holds."""

    def times(self, records: Sequence[Record]) -> list[int]:
        """When the events among records were produced at the earliest, in milliseconds since 1970, in no order.

        Of those without a mark (a backfill's, say) the log's own timestamp; control records, which have no key, are no events.
        """
        found: list[int] = []
        at, end = 0, len(records)
        while at < end:
            if not self._left:
                for record in records[at:]:
                    if record.headers and self._reads(record):
                        break
                    if record.key is not None:
                        found.append(record.timestamp)
                    at += 1
            covered = min(self._left, end - at)
            found += [self._oldest] * covered
            self._left -= covered
            at += covered
        return found

    def _reads(self, record: Record) -> bool:
        """Whether a record has a mark; what can't be read is none."""
        name, told = record.headers[0]
        oldest, _, count = told.partition(b" ") if name == PRODUCED else (b"", b"", b"")
        if not (oldest.isdigit() and count.isdigit()):
            return False
        self._oldest, self._left = int(oldest), int(count)
        return self._left > 0
