"""When events were produced: intake tells it in the log, in a header of the first of all records that it takes there together.

Such a header is not carried any further than the log, and what it says changes nothing but a metric.
"""

from collections.abc import Sequence

from service.effects import Record
from service.faust_safe.sending import Content

PRODUCED = "tiering.produced"
"""`<ms> <records>`: the timestamp of the oldest record of intake's batch, and for how many records it holds, this one first."""


def marked(contents: list[Content], oldest: int) -> list[Content]:
    """What goes to one partition, with the mark of its batch; the header comes before all others."""
    if contents:
        key, value, headers, timestamp = contents[0]
        mark = PRODUCED, b"%d %d" % (oldest, len(contents))
        contents[0] = key, value, (mark, *headers), timestamp
    return contents


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
