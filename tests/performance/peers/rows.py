"""The peers: each a command that is given a `Task`."""

from pathlib import Path
from typing import NamedTuple

from tests.performance.peers import java

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
YARDSTICK = "hand-written, aiokafka"
QUIX, BYTEWAX = "Quix Streams, tuned", "Bytewax"
STREAMS, STREAMS_TUNED = "Kafka Streams, as documented", "Kafka Streams, tuned, at least once"
STREAMS_EXACTLY = "Kafka Streams, tuned, exactly once"


class Peer(NamedTuple):
    """A row: its name, what runs it, and what its environment says beside the task."""

    name: str
    command: list[str]
    environment: dict[str, str]
    needs_java: bool = False


def python(name: str, module: str) -> Peer:
    """A peer in Python, by the module's name."""
    return Peer(name, [str(PYTHON), "-m", f"tests.performance.peers.{module}"], {"PYTHONPATH": str(ROOT)})


def streams(name: str, *flags: str) -> Peer:
    """Kafka Streams; the flags are those of Task.java."""
    return Peer(name, java.command(), {f"PEER_{flag}": "1" for flag in flags}, needs_java=True)


PEERS = (
    python(YARDSTICK, "hand_aiokafka"),
    python("hand-written, confluent-kafka", "hand_confluent"),
    streams(STREAMS),
    streams(STREAMS_TUNED, "TUNED", "IN_MEMORY"),
    streams(STREAMS_EXACTLY, "TUNED", "IN_MEMORY", "EXACTLY_ONCE"),
    python(QUIX, "quix_tuned"),
    python("Quix Streams, as documented", "quix_documented"),
    python(BYTEWAX, "bytewax_flow"),
)
