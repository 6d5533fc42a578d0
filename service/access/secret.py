"""Text that is not to be seen: a password, a token."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """Shows itself as ***; only `reveal` gives it away."""

    _text: str

    def reveal(self) -> str:
        """The text, for the one who is to be shown it."""
        return self._text

    def __repr__(self) -> str:
        return "***"
