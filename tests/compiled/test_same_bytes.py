"""Machine code and pure Python say the same to the byte: a partition may go from a worker of one kind to one of the other."""

import os
import subprocess
import sys

import pytest

from service.compiled import compiled
from tests.compiled.digest import ROOT, digests


@pytest.mark.skipif(not compiled(), reason="compares machine code with pure Python: `make test-compiled`")
def test_all_that_goes_out_is_the_same() -> None:
    command = [sys.executable, "-m", "tests.compiled.digest"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    imported, *pure = told.splitlines()

    assert imported.endswith(".py")
    assert list(digests()) == pure
