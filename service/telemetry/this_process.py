"""What does not change while a process runs."""

from importlib.metadata import version

from service import metrics
from service.compiled import build
from service.telemetry.memory_limit import memory_limit


def tell_of_it(role: str) -> None:
    """Show the version, the build and the limit of this process."""
    metrics.BUILD.info({"version": version("customer-tiering"), "role": role, "build": build()})
    if (limit := memory_limit()) is not None:
        metrics.MEMORY_LIMIT.set(limit)
