"""Out of memory: where a transport has none left asyncio closes the connection, logs it and goes on.

The process would live, keep its membership and do nothing; so it ends.
"""

import asyncio
from collections.abc import Callable
from typing import Any


def end_without_memory(loop: asyncio.AbstractEventLoop, die: Callable[[BaseException], None]) -> None:
    """Have a loop call `die` for a MemoryError that nobody else gets to see."""

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, MemoryError):
            die(error)
        loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
