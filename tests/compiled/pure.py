"""What only pure Python can show, and why."""

import pytest

from service.compiled import compiled

INSIDE = "pure Python only: machine code calls its own functions directly, none can be put in their place"

inside_is_changed = pytest.mark.skipif(compiled(), reason=INSIDE)
"""For tests that put a function of their own into a module or class that setup.py compiles."""
