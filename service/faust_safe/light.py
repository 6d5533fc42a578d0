"""Records as aiokafka's compiled parser makes them, whole batches at a time.

By itself it passes each from hand to hand and copies it into a frozen dataclass, which is most of what reading costs.
"""

from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from typing import Any
from weakref import proxy

from aiokafka.consumer.fetcher import FetchResult


def hand_out_light(consumer: Any) -> None:
    """From now on `getmany` of a consumer that has started gives records without topic and partition; all else is there."""
    consumer._fetcher._records = _Fetched(consumer._fetcher._records)


class _Fetched(OrderedDict[Any, Any]):
    """What was fetched and not yet asked for, by partition."""

    def __setitem__(self, tp: Any, result: Any) -> None:
        if isinstance(result, FetchResult):
            _read_in_bulk(result)
        super().__setitem__(tp, result)


def _read_in_bulk(result: Any) -> None:
    """Have aiokafka go through the batches of an answer, and judge them, as if each were a record.

    What is put into the answer knows it weakly: while the garbage collector rests, a circle would be there for ever.
    """
    batches = result._partition_records
    batches._records = _Batches(batches._records)
    batches._consumer_record = partial(_records_of, proxy(batches))
    result.getall = partial(_getall, proxy(result), chain.from_iterable(batches))


def _getall(result: Any, records: Iterator[Any], most: int | None = None) -> list[Any]:
    """The next records, `most` at most; none when the partition was sought meanwhile, or is not ours any more."""
    if not result.check_assignment(result._topic_partition) or not result.has_more():
        return []
    found = list(islice(records, most))
    through = len(found) != most
    if not through:  # perhaps in the midst of a batch
        result._partition_records.next_fetch_offset = found[-1].offset + 1
    result._update_position()
    if through:
        result._partition_records = None
    return found


def _records_of(batches: Any, tp: Any, batch: "_Batch") -> Any:
    """Those that were asked for: the first batch may begin before."""
    begin = batches.next_fetch_offset
    if getattr(batch.whole, "base_offset", -1) >= begin:  # a batch as they were before Kafka 0.11 has none
        return batch.whole
    return [record for record in batch.whole if record.offset >= begin]


class _Batches:
    """aiokafka's batches."""

    def __init__(self, batches: Any) -> None:
        self._batches, self.has_next = batches, batches.has_next

    def next_batch(self) -> "_Batch":
        return _Batch(self._batches.next_batch())


class _Batch:
    """A batch with one record, which is the batch and has the offset of its last."""

    def __init__(self, whole: Any) -> None:
        self.whole, self.offset = whole, whole.next_offset - 1

    def __iter__(self) -> Iterator["_Batch"]:
        return iter((self,))

    def __next__(self) -> Any:
        return next(self.whole)  # a control batch's record says whether it aborts

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)
