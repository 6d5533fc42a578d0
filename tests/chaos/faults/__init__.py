"""Faults: small actions that a schedule puts together."""

from tests.chaos.faults import kafka, log, machine, processes, redis  # noqa: F401 - they enter their actions
from tests.chaos.faults.actions import NotReached, do, understood

__all__ = ["NotReached", "do", "understood"]
