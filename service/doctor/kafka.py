"""Kafka: can it be reached with these settings, and which brokers does it name?"""

import asyncio
from collections.abc import Sequence
from typing import Any

from service.doctor.address import Met, Obstacle, meet
from service.doctor.brokers import Brokers
from service.doctor.finding import Finding, Status, fail, ok, several
from service.doctor.scene import PartitionSeen, Scene, TopicSeen
from service.exit_codes import NOT_REACHABLE
from service.faust_safe import requests
from service.faust_safe.broker import Broker

CHECK = "kafka"
WORDS = {
    Obstacle.UNKNOWN_HOST: ("nobody knows the name ({detail})", "correct the host in TIERING_KAFKA, or the DNS"),
    Obstacle.PORT_CLOSED: ("the port is closed", "start Kafka there, or correct the port in TIERING_KAFKA"),
    Obstacle.NO_ANSWER: ("no connection: {detail}", "correct TIERING_KAFKA, or open the way there (firewall, NetworkPolicy)"),
    Obstacle.SILENT: (
        "it takes the connection and says nothing {detail}",
        "see whether the broker hangs (its log, its load); if that is no Kafka, correct TIERING_KAFKA",
    ),
    Obstacle.NOT_KAFKA: ("that is not a Kafka: {detail}", "name Kafka's host and port in TIERING_KAFKA"),
    Obstacle.TLS_EXPECTED: ("it wants TLS", "set TIERING_KAFKA_SECURITY to SSL or SASL_SSL, or name its plaintext port"),
    Obstacle.TLS_NOT_EXPECTED: (
        "it speaks no TLS on this port",
        "name its TLS port in TIERING_KAFKA; only if it has none set TIERING_KAFKA_SECURITY to PLAINTEXT or SASL_PLAINTEXT",
    ),
    Obstacle.TLS_FAILED: ("TLS fails: {detail}", "see that it is Kafka's TLS port, and which versions of TLS it allows"),
    Obstacle.CERTIFICATE: (
        "its certificate is not trusted here ({detail})",
        "name the file of the CA that signed it in TIERING_KAFKA_CA",
    ),
    Obstacle.CERTIFICATE_NAME: (
        "its certificate is for another name ({detail})",
        "write the name that is in the certificate in TIERING_KAFKA, or have it issued for this one too",
    ),
    Obstacle.CERTIFICATE_TIME: (
        "its certificate is not valid now ({detail})",
        "have it renewed there, or set this machine's clock right",
    ),
    Obstacle.CLIENT_CERTIFICATE: (
        "it does not take our certificate ({detail})",
        "set TIERING_KAFKA_CERTIFICATE and TIERING_KAFKA_KEY to one that it trusts",
    ),
    Obstacle.SASL_EXPECTED: (
        "it wants a user",
        "set TIERING_KAFKA_SECURITY to SASL_SSL (or SASL_PLAINTEXT), and TIERING_KAFKA_SASL, _USER and _PASSWORD_FILE",
    ),
    Obstacle.SASL_NOT_EXPECTED: ("it takes no users on this port", "name its SASL port in TIERING_KAFKA"),
    Obstacle.MECHANISM: ("it does not take this SASL mechanism, but {detail}", "set TIERING_KAFKA_SASL to one of these"),
    Obstacle.PASSWORD: ("user or password are wrong", "correct TIERING_KAFKA_USER, or the content of its password file"),
    Obstacle.TOKEN: (
        "it refuses our token",
        "see that it is for this Kafka and has not expired (TIERING_KAFKA_TOKEN_...)",
    ),
    Obstacle.NO_TOKEN: ("there is no token to show", "{detail}"),
    Obstacle.BROKEN: ("the connection broke: {detail}", "look into the broker's log"),
}
"""What was found in the way, and what to do."""


async def look(scene: Scene) -> list[Finding]:
    """Go to every address of TIERING_KAFKA, then to every broker that the first one names."""
    cluster = scene.settings.cluster
    met = await asyncio.gather(*(meet(address, cluster.security) for address in cluster.servers))
    findings = judge(met, cluster.security["security_protocol"])
    inside = [each.broker for each in met if each.broker is not None]
    if inside:
        findings += await _brokers(scene, inside[0])
    for broker in inside:
        broker.close()
    return findings


def judge(met: Sequence[Met], protocol: str) -> list[Finding]:
    """One of the addresses is enough for the clients."""
    blocked = [each for each in met if each.obstacle is not None]
    away = len(blocked) == len(met)
    findings = [_of(each, away) for each in blocked]
    if not away:
        open_ones = several(each.address for each in met if each.obstacle is None)
        findings.insert(0, ok(CHECK, f"{open_ones} answer{'s' if len(met) - len(blocked) == 1 else ''} ({protocol})"))
    return findings


def judge_brokers(met: Sequence[Met]) -> list[Finding]:
    """Clients go on to the addresses that brokers name: every one has to be open."""
    do = "correct that broker's advertised.listeners, start it, or open the way to it from here"
    return [
        fail(CHECK, f"it names the broker {each.address}, and there {words(each)[0]}", do)
        for each in met
        if each.obstacle is not None
    ]


def words(met: Met) -> tuple[str, str]:
    """What is in the way of an address, and what to do."""
    assert met.obstacle is not None
    what, do = WORDS[met.obstacle]
    return what.format(detail=met.detail), do.format(detail=met.detail)


def _of(met: Met, away: bool) -> Finding:
    what, do = words(met)
    return Finding(CHECK, Status.FAIL if away else Status.WARN, f"{met.address}: {what}", do, NOT_REACHABLE)


async def _brokers(scene: Scene, first: Broker) -> list[Finding]:
    names = {scene.settings.topic(topic.name): topic.name for topic in scene.concerned()}
    told = await first.ask(requests.MetadataRequest(list(names)))
    scene.found_topics = {names[name]: _topic(code, parts, may) for code, name, _, parts, may in told.topics}
    addresses = {node: f"{host}:{port}" for node, host, port, _ in told.brokers}
    security = scene.settings.cluster.security
    met = dict(zip(addresses, await asyncio.gather(*(meet(each, security) for each in addresses.values())), strict=True))
    open_ones = {node: each.broker for node, each in met.items() if each.broker is not None}
    findings = judge_brokers(list(met.values()))
    if open_ones:
        scene.found_brokers = Brokers(open_ones)
    else:
        findings = [each._replace(code=NOT_REACHABLE) for each in findings]
    return findings


def _topic(code: int, partitions: Sequence[Sequence[Any]], operations: int) -> TopicSeen:
    seen = (PartitionSeen(number, leader, len(copies), len(isr)) for _, number, leader, _, copies, isr, _ in partitions)
    return TopicSeen(code, tuple(sorted(seen)), operations)
