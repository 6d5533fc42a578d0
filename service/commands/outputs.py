"""The files that a command writes: each another one, and none that is read."""

from collections.abc import Sequence
from pathlib import Path


def check(outputs: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Before anything is read or written: what is read is there, what is written has a place of its own. OSError.

    Devices and pipes may be named as often as one likes.
    """
    for path in inputs:
        if not path.exists():
            raise OSError(f"{path} is not there: name a file that can be read")
    for number, output in enumerate(outputs):
        if not output.parent.is_dir():
            raise OSError(f"{output.parent} is no directory: {output.name} can't be written there")
        if any(_is_same(output, path) for path in inputs):
            raise OSError(f"{output} is both read and written: name another file for what comes out")
        if any(_is_same(output, other) for other in outputs[:number]):
            raise OSError(f"{output} is written twice: name another file for one of them")


def _is_same(output: Path, other: Path) -> bool:
    """Whether both are one file, which may have more than one name and need not be there yet."""
    if output.exists() and other.exists():
        return output.is_file() and output.samefile(other)
    return output.resolve() == other.resolve()
