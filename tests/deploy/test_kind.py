"""The overlay for one's own machine: valid, and with the Kafka and Redis of deploy/compose.yaml."""

from typing import Any

from service.app import ROLES
from tests.deploy.composed import services
from tests.deploy.kubernetes import built, check, of_kind, pods, settings

OBJECTS = built("kubernetes/overlays/kind")
OF_THEIR_PLACE = {
    "KAFKA_LISTENERS",
    "KAFKA_ADVERTISED_LISTENERS",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
    "KAFKA_CONTROLLER_QUORUM_VOTERS",
}


def container(workload: str) -> dict[str, Any]:
    """The only container of a workload."""
    [only] = pods(OBJECTS)[workload]["spec"]["containers"]
    return dict(only)


def test_every_object_is_as_its_kind_has_to_be() -> None:
    for each in OBJECTS:
        check(each)


def test_every_pod_may_be_in_the_namespace() -> None:
    for pod in pods(OBJECTS).values():
        [only] = pod["spec"]["containers"]
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert only["securityContext"]["allowPrivilegeEscalation"] is False
        assert only["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_kafka_and_redis_are_those_of_compose() -> None:
    kafka, redis = services()["kafka"], services()["redis"]
    assert (container("kafka")["image"], container("redis")["image"]) == (kafka["image"], redis["image"])
    own = settings(OBJECTS, pods(OBJECTS)["kafka"])
    assert {name: value for name, value in own.items() if name not in OF_THEIR_PLACE} == {
        name: value for name, value in kafka["environment"].items() if name not in OF_THEIR_PLACE
    }
    assert set(own) == set(kafka["environment"])
    assert [word for word in container("redis")["command"] if not word.endswith("mb")] == [
        word for word in redis["command"] if not word.endswith("mb")
    ]


def test_the_roles_find_them() -> None:
    found = of_kind(OBJECTS, "Service")
    for role in ROLES:
        told = settings(OBJECTS, pods(OBJECTS)[f"tiering-{role}"])
        for address in (told["TIERING_KAFKA"], told["TIERING_REDIS"].removeprefix("redis://").partition("/")[0]):
            host, _, port = address.partition(":")
            service = found[host.split(".")[0]]["spec"]
            assert [each["port"] for each in service["ports"]] == [int(port)]
            [target] = container(host.split(".")[0])["ports"]
            assert service["ports"][0]["targetPort"] == target["name"]
