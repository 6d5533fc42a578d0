"""What a worker says of how it was built is what runs."""

from service import partition
from service.compiled import build, compiled
from service.metrics import exposition
from service.telemetry.observation import Observation


def test_it_is_told_by_what_is_imported() -> None:
    assert compiled() == (not partition.__file__.endswith(".py"))


def test_the_metrics_tell_it() -> None:
    Observation("customers")

    assert f'build="{build()}"' in exposition().decode()
