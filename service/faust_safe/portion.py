"""How many records the work of a lane is handed at a time: what it does in about half a second."""

FIRST, LEAST, AIM_SECONDS = 500, 100, 0.5
"""So many records at first; then what takes so long, but not fewer than that."""


class Portion:
    """Grows while there is much to do and it goes fast.

    The other lanes' work is in the time too: all of them take less when there is much to do, or little to do it with. It may be
    half a second of one lane alone, and then all begin, on a machine that others want as well: hence far below any deadline.
    """

    def __init__(self) -> None:
        self.most = FIRST

    def took(self, records: int, seconds: float) -> None:
        """So many records were done in so long."""
        in_time = int(records * AIM_SECONDS / max(seconds, 0.001))
        self.most = max(LEAST, min(in_time, 2 * self.most if records >= self.most else self.most))
