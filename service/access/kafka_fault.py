"""What Kafka did not do for us: why, and what to do, in a sentence."""

import asyncio

from service.doctor.address import Met, Obstacle, meet
from service.doctor.kafka import words
from service.faust_safe.cluster import Cluster
from service.faust_safe.forbidden import forbidden
from service.settings import Settings

_SILENT = (Obstacle.UNKNOWN_HOST, Obstacle.PORT_CLOSED, Obstacle.NO_ANSWER)


def in_words(settings: Settings, error: Exception) -> str:
    """Not to be called within an event loop: it looks who answers."""
    if denied := forbidden(error):
        return str(denied)
    if obstacles := asyncio.run(_obstacles(settings.cluster)):
        return ". ".join(obstacles)
    return f"Kafka at {settings.kafka} does not answer ({error!r}): is it running, and is TIERING_KAFKA right?"


async def _obstacles(cluster: Cluster) -> list[str]:
    """What is in the way of each address; nothing when one of them is open."""
    met = await asyncio.gather(*(meet(address, cluster.security) for address in cluster.servers))
    for each in met:
        if each.broker is not None:
            each.broker.close()
    if any(each.obstacle is None for each in met):
        return []
    return [_sentence(each) for each in met]


def _sentence(met: Met) -> str:
    what, do = words(met)
    does_not = "does not answer" if met.obstacle in _SILENT else "does not let us in"
    return f"Kafka at {met.address} {does_not}: {what}; {do}"
