"""The watch of a process from outside."""

import os
import subprocess
import sys
import time

import pytest

from tests.performance.watch import Watch, machine_seconds, peak_megabytes, resident_megabytes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
BURN = "import time; print(flush=True); end = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint(flush=True)"


def test_a_busy_process_is_charged_and_an_idle_one_is_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as idle:
        time.sleep(0.2)  # it has started
        with (
            Watch(idle=idle.pid) as watch,
            subprocess.Popen([sys.executable, "-uc", BURN], stdout=subprocess.PIPE) as busy,
        ):
            assert busy.stdout is not None
            watch.add("busy", busy.pid)
            busy.stdout.readline()
            begin = time.monotonic()
            busy.stdout.readline()
            end = time.monotonic()
        idle.communicate(b"\n")
    usage = watch.between(begin, end)
    assert usage.seconds == end - begin
    assert usage.cpu["busy"] == pytest.approx(0.3, abs=0.06)
    assert usage.cpu["idle"] <= 0.02
    assert usage.cpu.keys() == {"busy", "idle"}
    assert usage.peak_mb["busy"] > 1


def test_half_of_the_time_is_half_of_the_work() -> None:
    with Watch(mine=os.getpid()) as watch:
        begin, burnt = time.monotonic(), time.process_time()
        while time.process_time() - burnt < 0.4:
            pass
        end = time.monotonic()
    whole, half = watch.between(begin, end), watch.between(begin, (begin + end) / 2)
    assert whole.cpu["mine"] == pytest.approx(0.4, abs=0.06)
    assert half.cpu["mine"] < whole.cpu["mine"]


def test_a_process_that_is_gone_keeps_its_figures() -> None:
    with Watch() as watch:
        begin = time.monotonic()
        with subprocess.Popen([sys.executable, "-c", "sum(range(10_000_000)); input()"], stdin=subprocess.PIPE) as gone:
            watch.add("gone", gone.pid)
            time.sleep(0.5)
            gone.communicate(b"\n")
        time.sleep(0.1)
    assert watch.between(begin, time.monotonic()).cpu["gone"] > 0


def test_memory_and_machine() -> None:
    assert 1 < resident_megabytes(os.getpid()) <= peak_megabytes(os.getpid())
    assert machine_seconds() > 0
    with pytest.raises(OSError, match="No such file"):
        resident_megabytes(2**22 + 1)
