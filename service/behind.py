"""Who may still be under an earlier policy."""

from collections.abc import Iterable


class Behind:
    """Keys of customers, in no order; some may have followed since, by an event of their own.

    When the rules change everybody is behind, and a million keys are noted in a hundredth of a second: who is behind indeed is
    asked of each when his turn comes.
    """

    def __init__(self, keys: Iterable[bytes] = ()) -> None:
        self._keys = list(keys)

    def __len__(self) -> int:
        """No more than so many are."""
        return len(self._keys)

    def add(self, key: bytes) -> None:
        """One more."""
        self._keys.append(key)

    def forget(self, keys: set[bytes]) -> None:
        """These are not there any more."""
        self._keys = [key for key in self._keys if key not in keys]

    def take(self) -> bytes | None:
        """The next who may be; None: nobody is."""
        return self._keys.pop() if self._keys else None
