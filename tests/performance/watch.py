"""Watches processes from outside: CPU and memory of each, and what anything else on the machine took meanwhile (Linux only).

A thread looks at /proc several times a second. What happened between two moments is asked for afterwards, so whoever is watched
only has to say when: `time.monotonic()`, which is one clock for all processes of a machine (Java's `System.nanoTime()` too).
"""

import os
import threading
import time
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

LOOK_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE, _IOWAIT, _GUEST = 3, 4, 8
"""Places in the first line of /proc/stat; a guest's time is counted as user's already."""


class Usage(NamedTuple):
    """What was used between two moments."""

    seconds: float
    cpu: dict[str, float]
    """User and system seconds of each watched process."""
    peak_mb: dict[str, float]
    """The most resident memory of each since its start, in 10**6 bytes."""
    others: float
    """Cores that anything but the watched processes and this one used (what the hypervisor gave to others too)."""


class _Look(NamedTuple):
    at: float
    machine: float
    cpu: dict[str, float]
    peak_mb: dict[str, float]


class Watch:
    """Watches while its context is open; answers afterwards too. A process that has ended keeps its last figures."""

    def __init__(self, **pids: int) -> None:
        self._pids = {"(watch)": os.getpid(), **pids}
        self._looks: list[_Look] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def add(self, name: str, pid: int) -> None:
        """Watch one more; a name can be given on to the next process once the former has ended."""
        self._pids = {**self._pids, name: pid}

    def between(self, begin: float, end: float) -> Usage:
        """What was used from a moment to a later one."""
        first, last = self._at(begin), self._at(end)
        cpu = {name: used - first.cpu.get(name, 0.0) for name, used in last.cpu.items()}
        others = (last.machine - first.machine - sum(cpu.values())) / max(end - begin, LOOK_SECONDS)
        del cpu["(watch)"]
        return Usage(end - begin, cpu, {name: last.peak_mb[name] for name in cpu}, max(0.0, others))

    def _at(self, moment: float) -> _Look:
        """As it was at a moment: between two looks CPU is taken to grow evenly."""
        looks = self._looks
        after = min(max(bisect_left(looks, moment, key=lambda look: look.at), 1), len(looks) - 1)
        a, b = looks[after - 1], looks[after]
        part = min(max((moment - a.at) / (b.at - a.at), 0.0), 1.0)
        cpu = {name: _between(a.cpu.get(name, 0.0), used, part) for name, used in b.cpu.items()}
        return _Look(moment, _between(a.machine, b.machine, part), cpu, b.peak_mb)

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        former = self._looks[-1] if self._looks else _Look(0.0, 0.0, {}, {})
        cpu, peak = dict(former.cpu), dict(former.peak_mb)
        for name, pid in self._pids.items():
            try:
                cpu[name], peak[name] = cpu_seconds(pid), peak_megabytes(pid)
            except (OSError, KeyError):  # it has ended (a zombie has no memory)
                continue
        self._looks.append(_Look(time.monotonic(), machine_seconds(), cpu, peak))

    def __enter__(self) -> "Watch":
        self._look()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._look()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads together. OSError when there is none."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_megabytes(pid: int) -> float:
    """The most resident memory that a process had, in 10**6 bytes. OSError or KeyError when it has ended."""
    return _status(pid)["VmHWM"] * 1024 / 1e6


def resident_megabytes(pid: int) -> float:
    """The resident memory of a process now, in 10**6 bytes. OSError or KeyError when it has ended."""
    return _status(pid)["VmRSS"] * 1024 / 1e6


def machine_seconds() -> float:
    """CPU seconds that the machine's cores were not idle, since it was started."""
    with open("/proc/stat") as file:
        ticks = [int(each) for each in file.readline().split()[1:]][:_GUEST]
    return (sum(ticks) - ticks[_IDLE] - ticks[_IOWAIT]) / _TICKS


def _status(pid: int) -> Mapping[str, int]:
    lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if words[-1] == "kB"}


def _between(low: float, high: float, part: float) -> float:
    return low + (high - low) * part
