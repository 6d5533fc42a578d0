"""Whether this process runs the hot modules as machine code (setup.py) or as pure Python: the same rules, at another pace."""

from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec


def compiled() -> bool:
    """Of the centre, which stands for them all: they are built together. Looked up, not imported: not each role needs it."""
    centre = find_spec("service.partition")
    return centre is not None and str(centre.origin).endswith(tuple(EXTENSION_SUFFIXES))


def build() -> str:
    """In a word, for people and for metrics."""
    return "compiled" if compiled() else "pure Python"
