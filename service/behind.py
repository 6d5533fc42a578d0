"""Who is still under an earlier policy."""

from collections.abc import Iterable
from heapq import heapify, heappop


class Behind:
    """Keys of customers, taken in order; a set of some hundred thousand is made and put in order in tens of milliseconds."""

    def __init__(self, keys: Iterable[bytes] = ()) -> None:
        self._keys = set(keys)
        self._order: list[bytes] = []
        """A heap of what is in `_keys`, and of some who have left it."""

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: bytes) -> None:
        """One more; not while they are being taken."""
        self._keys.add(key)

    def discard(self, key: bytes) -> None:
        """He is not behind any more."""
        self._keys.discard(key)

    def take(self) -> bytes | None:
        """The first; he is not behind any more. None: nobody is."""
        if not self._keys:
            return None
        if not self._order:
            self._order = list(self._keys)
            heapify(self._order)
        while True:
            key = heappop(self._order)
            if key in self._keys:
                self._keys.discard(key)
                return key
