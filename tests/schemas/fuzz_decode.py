"""Fuzz decoding with atheris: no bytes make it raise anything but InvalidEvent, and what was taken survives the log.

`python tests/schemas/fuzz_decode.py -max_total_time=60`; options are libFuzzer's. An input is a value, or headers as lines
`name: value`, an empty line and a value. The corpus and what fails are kept in `.cache/fuzz/`.
"""

import json
import random
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["schemas"]):
    from schemas import codec
    from schemas.control import Control
    from schemas.dead_letters import InvalidEvent
    from schemas.documents import EXAMPLES

# JSON values at and beyond the edges of what some field allows, as they are written.
EDGES = (
    *("null", "true", "[]", "{}", "0", "-0", "-1", "1.0", "1e400", "-1e-400", "1000000000001", "9" * 30, "9" * 5000, "NaN"),
    *('""', '"x"', '"\\ud800"', '"\\u0000"', '"\x7f"', '"\xc2\x85"', '"' + "x" * 1025 + '"', "[" * 2000, "[" * 900 + "]" * 900),
    *('"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"', '"2024-02-30T00:00:00Z"', '"2024-01-01T00:00:00"'),
    *('"9998-12-31T23:59:59.9999999-23:59"', '"0002-01-01T00:00:00+23:59"', '"2024-01-01T00:00:00+24:00"', "1704067200"),
    *('"2024-01-01T00:00:00+0530"', '"2024-01-01T00:00:00.5\\u002d0000"', '"2024-06-30T23:59:60Z"'),
    *('"complaint"', '"nps"', '"order.refunded.v1"', '"feedback.given.v1"', '"clock.ticked.v1"', '"order.eaten.v1"'),
)
CACHE = Path(__file__).parent.parent.parent / ".cache" / "fuzz"


def decode(data: bytes) -> None:
    """One input, read as the log and as a topic hold it."""
    with suppress(InvalidEvent):
        record = codec.decode_activity(data)
        record.time.astimezone(UTC)
        assert isinstance(record, Control) or record.subject, data
    head, empty_line, value = data.partition(b"\n\n")
    lines = [line.partition(b": ") for line in head.split(b"\n")] if empty_line else []
    headers = [(name.decode(errors="replace"), content) for name, _, content in lines]
    with suppress(InvalidEvent):
        event = codec.decode_event(value if empty_line else data, headers)
        if event.subject is not None:
            kept = codec.encode_activity(event)
            codec.fingerprint(kept)
            assert codec.decode_activity(kept) == event, kept


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Another input: an edge put at some place of the JSON value, or libFuzzer's own change of bytes."""
    chance = random.Random(seed)
    head, empty_line, value = data.rpartition(b"\n\n")
    try:
        event = json.loads(value)
        spots = list(places(event))
    except (ValueError, RecursionError):
        spots = []
    if not spots or chance.random() < 0.3:
        return bytes(atheris.Mutate(data, most))
    inner, key = chance.choice(spots)
    inner[key] = mark = "\ue000"
    return (head + empty_line + json.dumps(event).replace(json.dumps(mark), chance.choice(EDGES)).encode("latin-1"))[:most]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key inside a JSON value."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from places(each)


def plant() -> str:
    """Put the examples into the corpus, in both modes; its folder."""
    corpus = CACHE / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for path in EXAMPLES.glob("*/*.json"):
        event = json.loads(path.read_bytes())
        seed = f"{path.parent.name}-{path.stem}"
        (corpus / seed).write_text(json.dumps(event))
        data = json.dumps(event.pop("data"))
        headers = "".join(f"ce_{name}: {value}\n" for name, value in event.items())
        (corpus / f"{seed}-binary").write_text(f"{headers}\n{data}")
    return str(corpus)


if __name__ == "__main__":
    atheris.Setup([*sys.argv, f"-artifact_prefix={CACHE}/", "-max_len=8192", plant()], decode, custom_mutator=mutate)
    atheris.Fuzz()
