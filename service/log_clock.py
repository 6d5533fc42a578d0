"""How far the clocks of a running deployment are: what is too late to be taken up any more."""

from schemas.topics import CHANGELOG
from service.domain.policy import Frame
from service.faust_safe.reader import Reader
from service.partition_clock import PartitionClock
from service.rows import partition_row
from service.rows.partition_row import key_of
from service.settings import Settings


async def day_reached(settings: Settings, reader: Reader, frame: Frame) -> int | None:
    """The latest business day that a partition has reached, settled, as the rows in the changelog say; None: no time yet."""
    days = []
    for partition in range(settings.partitions):
        row = await reader.newest(settings.topic(CHANGELOG), partition, key_of(partition))
        if (micros := partition_row.read(partition, row).clock) is not None:
            clock = PartitionClock(micros)
            clock.set_frame(frame)
            days.append(clock.day)
    return max(days, default=None)
