"""A worker's ops server, asked from outside."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import orjson
from prometheus_client.parser import text_string_to_metric_families


class Answered(NamedTuple):
    """An answer; no worker that listens: None takes its place."""

    ready: bool
    waits_for: str | None


async def answer(address: str, path: str) -> str:
    """The body of a page. OSError when nobody listens."""
    reader, writer = await asyncio.open_connection(*address.split(":"))
    try:
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return (await reader.read()).decode().partition("\r\n\r\n")[2]
    finally:
        writer.close()


async def metrics(address: str) -> Callable[..., float]:
    """A look at all metrics: a function of a name and labels that gives the sum of the samples. OSError when nobody listens."""
    samples = [each for family in text_string_to_metric_families(await answer(address, "/metrics")) for each in family.samples]

    def look(name: str, **labels: str) -> float:
        return sum(each.value for each in samples if each.name == name and labels.items() <= each.labels.items())

    return look


async def metric(address: str, name: str, **labels: str) -> float:
    """One of them."""
    return (await metrics(address))(name, **labels)


async def readiness(address: str) -> Answered | None:
    """Whether a worker works on its partitions, and what it waits for; None: nobody listens yet."""
    try:
        body = orjson.loads(await answer(address, "/readyz"))
    except OSError:
        return None
    return Answered("partitions" in body, body.get("waits_for"))


async def until_ready(address: str, pause: float = 0.01) -> None:
    """Wait for a worker. The caller bounds the time."""
    while True:
        if (state := await readiness(address)) is not None and state.ready:
            return
        await asyncio.sleep(pause)
