"""deploy/compose.yaml's own commands and settings as processes: a real Kafka and a real Redis take theirs, and the service runs.

What Docker would do, done here: names of containers become addresses, /app/policies the folder, the image's variables are set,
and nothing can be written. The demo's file is cut short.
"""

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from redis import Redis

from service.app import ROLES
from service.laptop import kafka, redis
from service.laptop.process import Server, free_port, listens
from tests.deploy.composed import DEMO, ROOT, ours, query_tokens, services

pytestmark = pytest.mark.integration

SECONDS = 240.0
QUERY = "query"
EVENTS = 300
READ_ONLY = Path(__file__).parent / "read_only"


def image_variables() -> dict[str, str]:
    """What the Dockerfile sets for a container, but for the path."""
    [line] = re.findall(r"^ENV (.+)$", (ROOT / "Dockerfile").read_text().replace("\\\n", " "), re.MULTILINE)
    return {name: value for name, _, value in (word.partition("=") for word in shlex.split(line)) if name != "PATH"}


def properties(environment: dict[str, str], ports: dict[str, int]) -> dict[str, str]:
    """What the image apache/kafka makes of its variables, with these ports of the loopback address instead of its own."""
    own = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in environment.items()
        if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
    }
    for name in ("listeners", "advertised.listeners"):
        own[name] = ",".join(f"{listener}://127.0.0.1:{ports[listener]}" for listener in re.findall(r"(\w+)://", own[name]))
    own["controller.quorum.voters"] = f"{own['node.id']}@127.0.0.1:{ports['CONTROLLER']}"
    del own["log.dirs"]
    return own


class Machine:
    """The services of the demo as processes."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.services, self.servers = directory, services(DEMO), list[Server]()
        self.http = {role: f"127.0.0.1:{free_port()}" for role in (*ROLES, QUERY)}
        self.query = f"127.0.0.1:{free_port()}"
        self.data = directory / "data"
        self.data.mkdir()

    def start_kafka(self) -> str:
        """Kafka with the settings of the file; its address for the other containers."""
        ports = {listener: free_port() for listener in ("CONTROLLER", "HOST", "INSIDE")}
        settings = properties(self.services["kafka"]["environment"], ports)
        of_a_laptop = kafka._properties(1, 2, Path(), None)
        assert set(of_a_laptop) - set(settings) == {  # nothing that matters comes from there
            "log.dirs",
            "offsets.topic.num.partitions",
            "transaction.state.log.num.partitions",
        }
        server, _ = kafka.start(self.directory / "kafka", ports["HOST"], settings=settings)
        self.servers.append(server)
        return f"127.0.0.1:{ports['INSIDE']}"

    def start_redis(self) -> str:
        """Redis with the command of the file."""
        port = free_port()
        command = [redis._binary(), *self.services["redis"]["command"][1:], "--port", str(port), "--dir", str(self.data)]
        server = Server("Redis", command, self.directory / "redis.log")
        self.servers.append(server)
        server.wait_until(lambda: listens(port), SECONDS)
        return f"127.0.0.1:{port}"

    def tiering(self, name: str, addresses: dict[str, str]) -> tuple[list[str], dict[str, str]]:
        """The command of a service and its environment."""

        def here(text: str) -> str:
            folders = {"/app/policies": f"{ROOT}/service/policies", "/data/": f"{self.data}/"}
            for inside, outside in {**addresses, **folders, "/run/secrets/query-tokens": str(query_tokens())}.items():
                text = text.replace(inside, outside)
            return text

        environment = {variable: here(value) for variable, value in self.services[name]["environment"].items()}
        inherited = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{READ_ONLY}:{ROOT}", "HOME": "/nonexistent"}
        command = [sys.executable, "-m", "service.commands.main", *(here(word) for word in self.services[name]["command"])]
        return command, {
            **inherited,
            **image_variables(),
            "TIERING_HTTP": self.http.get(name, "127.0.0.1:0"),
            "TIERING_QUERY": self.query,
            **environment,
        }

    def stop(self) -> None:
        """End what is left."""
        for server in reversed(self.servers):
            server.stop()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Nothing runs yet."""
    made = Machine(tmp_path)
    yield made
    made.stop()


def ends_well(command: list[str], environment: dict[str, str]) -> str:
    """What a command says that ends with 0."""
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stderr + ended.stdout


def becomes_well(service: dict[str, Any], environment: dict[str, str], server: Server) -> None:
    """Wait until the health check of a service exits with 0."""
    check = [sys.executable, *service["healthcheck"]["test"][2:]]
    deadline = time.monotonic() + SECONDS
    while (asked := subprocess.run(check, env=environment, capture_output=True, text=True, check=False)).returncode:
        server.check()
        assert time.monotonic() < deadline, asked.stdout + server.last_words()


def test_the_whole_of_it_comes_up_and_the_demo_goes_through(machine: Machine) -> None:
    addresses = {"kafka:19092": machine.start_kafka(), "redis:6379": machine.start_redis()}
    data = ROOT / "service" / "laptop" / "data" / "complete-journey.jsonl.gz"
    with gzip.open(data) as events, gzip.open(machine.data / data.name, "wb") as some:
        some.writelines(islice(events, EVENTS))

    command, environment = machine.tiering("topics", addresses)
    with pytest.raises(AssertionError, match="Read-only file system"):  # the test itself can fail
        ends_well([sys.executable, "-c", "open('written', 'w')"], environment)
    assert "created demo-customer-activity (4 partitions)" in ends_well(command, environment)

    workers = {}
    for role in (*ROLES, QUERY):
        command, environment = machine.tiering(role, addresses)
        workers[role] = Server(role, command, machine.directory / f"{role}.log", environment)
        machine.servers.append(workers[role])
    for role in (*ROLES, QUERY):
        becomes_well(ours(DEMO)[role], machine.tiering(role, addresses)[1], workers[role])

    assert f"{EVENTS} events sent to demo-orders" in ends_well(*machine.tiering("demo", addresses))
    host, _, port = addresses["redis:6379"].partition(":")
    client: Redis = Redis(host, int(port))
    deadline = time.monotonic() + SECONDS
    while not list(client.scan_iter("demo-*hh-*")):
        assert time.monotonic() < deadline, workers["customers"].last_words()
        time.sleep(0.1)

    [customer, *_] = client.scan_iter("demo-profile:hh-*")
    asked = Request(f"http://{machine.query}/customers/{customer.decode().removeprefix('demo-profile:')}")
    with pytest.raises(HTTPError, match="401"):
        urlopen(asked)
    asked.add_header("Authorization", f"Bearer {query_tokens().read_text().strip()}")
    with urlopen(asked) as answer:
        assert json.load(answer)["data"]["policy"] == "grocery@1"

    for worker in workers.values():
        worker.process.terminate()
    assert {role: worker.process.wait(SECONDS) for role, worker in workers.items()} == dict.fromkeys((*ROLES, QUERY), 0)
