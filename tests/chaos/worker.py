"""A worker that can be frozen or killed at a named point of its work: `python -m tests.chaos.worker ROLE`.

The order is a file named in CHAOS_ORDER that holds a signal and a point, as `SIGSTOP inside a write`; it is gone when it is done.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from service.app import run
from service.faust_safe import sending, transaction
from service.faust_safe.table import Part
from service.faust_safe.transaction import Transactions
from service.settings import Settings

POINTS = ("before a write", "inside a write", "after a write", "during recovery")
"""Inside: all records lie at the broker, and the transaction is open. During recovery: some rows are loaded."""
ORDER = Path(os.environ.get("CHAOS_ORDER", os.devnull))


def reach(point: str) -> None:
    """Do what was ordered for this point."""
    if not ORDER.is_file():
        return
    number, _, where = ORDER.read_text().partition(" ")
    if where == point:
        ORDER.unlink()
        os.kill(os.getpid(), signal.Signals[number])


def install() -> None:
    """Let the parts of the worker say where they are."""
    write, written, load = Transactions.write, sending.all_written, Part.load

    async def reporting_write(self: Transactions, *arguments: Any, **named: Any) -> Any:
        reach("before a write")
        sent = await write(self, *arguments, **named)
        reach("after a write")
        return sent

    async def reporting_written(sent: Any) -> None:
        await written(sent)
        reach("inside a write")

    def reporting_load(self: Part, records: Any) -> None:
        load(self, records)
        reach("during recovery")

    setattr(Transactions, "write", reporting_write)  # noqa: B010
    setattr(transaction, "all_written", reporting_written)  # noqa: B010
    setattr(Part, "load", reporting_load)  # noqa: B010


if __name__ == "__main__":
    install()
    sys.exit(run(Settings.from_environment(os.environ), sys.argv[1]))
