"""What deploy/kubernetes gives a cluster: valid, restricted, and in agreement with the service."""

import re
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import kubernetes_validate
import pytest

from service.app import ROLES, STOP_DEADLINE
from service.domain.policy_file import parse_policy
from service.settings import variables
from service.web.probes import State
from service.web.server import OpsServer
from tests.deploy.command_line import parsed
from tests.deploy.kubernetes import ROOT, Object, built, check, of_kind, pods, settings

FOLDERS = ("kubernetes/base", "kubernetes/overlays/production")
INVALID = (jsonschema.ValidationError, kubernetes_validate.ValidationError)
WORKERS = {f"tiering-{role}" for role in ROLES}
QUERY = "tiering-query"
WATCHED = {*WORKERS, QUERY}
KNOW_REDIS = {"tiering-read-model", "tiering-operator", QUERY}
OF_KAFKA = "TIERING_KAFKA"
NAME = "app.kubernetes.io/name"

everywhere = pytest.mark.parametrize("folder", FOLDERS)


def container(pod: Object) -> Object:
    """The only one of a pod."""
    [only] = pod["spec"]["containers"]
    assert isinstance(only, dict)
    return only


@everywhere
def test_every_object_is_as_its_kind_has_to_be(folder: str) -> None:
    for each in built(folder):
        check(each)


@pytest.mark.parametrize(
    ("kind", "at", "wrong"),
    [("Deployment", "replica", 2), ("StatefulSet", "replicas", "two"), ("NetworkPolicy", "policyTypes", "Egress")],
)
def test_the_check_of_objects_finds(kind: str, at: str, wrong: object) -> None:
    thing = next(each for each in built("kubernetes/base") if each["kind"] == kind)
    with pytest.raises(INVALID):
        check({**thing, "spec": {**thing["spec"], at: wrong}})


@everywhere
def test_the_namespace_takes_only_restricted_pods_and_all_are_in_it(folder: str) -> None:
    objects = built(folder)
    labels = of_kind(objects, "Namespace")["tiering"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {each["metadata"].get("namespace") for each in objects if each["kind"] != "Namespace"} == {"tiering"}


@everywhere
def test_every_pod_is_restricted(folder: str) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/, and a root that is only read."""
    for name, pod in pods(built(folder)).items():
        spec, only = pod["spec"], container(pod)
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(spec)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] >= 10_000
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert only["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        kinds = {kind for volume in spec["volumes"] for kind in volume}
        assert kinds <= {"name", "configMap", "secret", *(["emptyDir"] if name == "tiering-operator" else [])}
        assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False)


@everywhere
def test_every_pod_has_a_pinned_image_its_share_and_no_throttle(folder: str) -> None:
    for pod in pods(built(folder)).values():
        only = container(pod)
        assert only["image"].partition(":")[2] == "0.1.0"
        assert set(only["resources"]["requests"]) == {"cpu", "memory"}
        assert set(only["resources"]["limits"]) == {"memory"}


@everywhere
def test_every_command_can_be_given_and_every_setting_is_one(folder: str) -> None:
    objects, known = built(folder), {variable for variable, _ in variables()}
    said = {name: parsed(arguments).params for name, pod in pods(objects).items() if (arguments := container(pod).get("args"))}
    assert {name: each["role"] for name, each in said.items() if name in WORKERS} == {f"tiering-{role}": role for role in ROLES}
    assert parsed(container(pods(objects)[QUERY])["args"]).command.name == "serve"
    for pod in pods(objects).values():
        assert [name for name in settings(objects, pod) if name.removesuffix("_FILE") not in known] == []


@everywhere
def test_every_file_that_is_named_is_mounted(folder: str) -> None:
    objects = built(folder)
    maps = of_kind(objects, "ConfigMap")
    for name, pod in pods(objects).items():
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        for mount in container(pod)["volumeMounts"]:
            volume = volumes.pop(mount["name"])
            assert "emptyDir" in volume or mount["readOnly"]
            assert "emptyDir" in volume or "secret" in volume or maps[volume["configMap"]["name"]]
        assert volumes == {}
        mounted = tuple(f"{mount['mountPath']}/" for mount in container(pod)["volumeMounts"])
        # Of Kafka the query is told with the others, and does not listen: test_production has it started without these files.
        told = [value for key, value in settings(objects, pod).items() if not (name == QUERY and key.startswith(OF_KAFKA))]
        named = [text for text in [*told, *container(pod).get("args", ())] if text.startswith("/")]
        assert [text for text in named if not text.startswith(mounted)] == []


@everywhere
def test_policies_can_be_read_and_a_new_log_begins_with_one_that_stays(folder: str) -> None:
    objects = built(folder)
    [policies] = [each["data"] for name, each in of_kind(objects, "ConfigMap").items() if name.startswith("tiering-policy")]
    first, present = parse_policy(policies["first-policy.toml"]), parse_policy(policies["policy.toml"])
    assert present.name == first.name
    assert present.version >= first.version
    assert parsed(container(pods(objects)["tiering-topics"])["args"]).params["policy"].name == "first-policy.toml"
    for name in WORKERS:
        assert Path(settings(objects, pods(objects)[name])["TIERING_POLICY"]).name == "policy.toml"


def test_the_policy_of_the_base_is_the_shipped_one() -> None:
    shipped = (ROOT / "service" / "policies" / "coffee.toml").read_text()
    assert (ROOT / "deploy/kubernetes/base/policy.toml").read_text() == shipped
    assert (ROOT / "deploy/kubernetes/base/first-policy.toml").read_text() == shipped


@everywhere
async def test_workers_are_asked_what_they_answer(folder: str) -> None:
    server = OpsServer("127.0.0.1:0", lambda: State("customers", "rows", ()))
    address = await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            for name in WATCHED:
                only = container(pods(built(folder))[name])
                assert [each for each in only["ports"] if each["name"] != "query"] == [{"name": "ops", "containerPort": 8080}]
                for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                    asked = only[probe]["httpGet"]
                    async with session.get(f"http://{address}{asked['path']}") as answer:
                        assert asked["port"] == "ops"
                        assert answer.status in (200, 503), asked["path"]
    finally:
        await server.stop()


@everywhere
def test_a_worker_is_given_the_time_it_takes_to_stop(folder: str) -> None:
    for name in WORKERS:
        assert pods(built(folder))[name]["spec"]["terminationGracePeriodSeconds"] > STOP_DEADLINE


@everywhere
def test_customers_have_names_that_they_come_back_with(folder: str) -> None:
    objects = built(folder)
    assert set(of_kind(objects, "StatefulSet")) == {"tiering-customers"}
    named = {name: settings(objects, pod).get("TIERING_INSTANCE") for name, pod in pods(objects).items()}
    assert {name: path for name, path in named.items() if path} == {"tiering-customers": "metadata.name"}
    service = of_kind(objects, "StatefulSet")["tiering-customers"]["spec"]["serviceName"]
    assert of_kind(objects, "Service")[service]["spec"]["clusterIP"] == "None"


@everywhere
def test_people_have_a_place_that_is_empty_until_they_want_it(folder: str) -> None:
    place = of_kind(built(folder), "Deployment")["tiering-operator"]["spec"]
    assert place["replicas"] == 0
    assert container(place["template"])["command"] == ["sleep", "infinity"]


@everywhere
def test_people_can_put_files_where_their_commands_look(folder: str) -> None:
    pod = pods(built(folder))["tiering-operator"]
    [work] = [volume["name"] for volume in pod["spec"]["volumes"] if "emptyDir" in volume]
    [mount] = [each for each in container(pod)["volumeMounts"] if each["name"] == work]
    assert (mount["mountPath"], mount.get("readOnly", False)) == (container(pod)["workingDir"], False)


@everywhere
def test_a_history_can_go_in_before_a_worker_starts(folder: str) -> None:
    """What the runbook's selector leaves out: all that starts a worker, and nothing that its commands need."""
    [left_out] = re.findall(r"notin \((.+?)\)", (ROOT / "deploy" / "README.md").read_text())
    applied = tuple(each for each in built(folder) if each["metadata"].get("labels", {}).get(NAME) not in left_out.split(","))
    assert set(pods(applied)) == {"tiering-topics", "tiering-operator"}
    assert {"Namespace", "ServiceAccount", "ConfigMap", "NetworkPolicy"} <= {each["kind"] for each in applied}


@everywhere
def test_whatever_selects_pods_selects_those_of_one_role(folder: str) -> None:
    objects = built(folder)
    workloads = of_kind(objects, "Deployment", "StatefulSet")
    assert set(workloads) == {*WATCHED, "tiering-operator"}
    for name, workload in workloads.items():
        assert workload["spec"]["selector"]["matchLabels"] == {NAME: name}
        assert workload["spec"]["template"]["metadata"]["labels"].items() >= {NAME: name}.items()
        for spread in workload["spec"]["template"]["spec"].get("topologySpreadConstraints", ()):
            assert spread["labelSelector"]["matchLabels"] == {NAME: name}
    budgets = of_kind(objects, "PodDisruptionBudget")
    assert set(budgets) == WATCHED
    for name, budget in budgets.items():
        assert budget["spec"]["selector"]["matchLabels"] == {NAME: name}
        assert budget["spec"]["maxUnavailable"] == 1


ASKS = {"tiering-query": "may-ask"}
"""Of a namespace, and of a pod in it."""


@everywhere
def test_the_query_is_asked_where_the_image_listens(folder: str) -> None:
    objects = built(folder)
    [port] = of_kind(objects, "Service")[QUERY]["spec"]["ports"]
    [container_port] = [each for each in container(pods(objects)[QUERY])["ports"] if each["name"] == port["targetPort"]]
    [listens] = re.findall(r"TIERING_QUERY=0\.0\.0\.0:(\d+)", (ROOT / "Dockerfile").read_text())
    assert {port["port"], container_port["containerPort"]} == {int(listens)}
    assert "TIERING_QUERY" not in settings(objects, pods(objects)[QUERY])


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a selector, of labels and of lists of their values, means pods with these labels."""
    listed = all(labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", ()))
    return listed and selector.get("matchLabels", {}).items() <= labels.items()


def allowed(objects: tuple[Object, ...], pod: Object, way: str) -> set[tuple[str, Any]]:
    """Where a pod may send to (egress) or be asked from (ingress): namespace and port."""
    labels = pod["metadata"]["labels"]
    found = set()
    for policy in of_kind(objects, "NetworkPolicy").values():
        if selects(policy["spec"]["podSelector"], labels):
            for rule in policy["spec"].get(way, ()):
                for peer in rule["to" if way == "egress" else "from"]:
                    spaces = peer.get("namespaceSelector", {}).get("matchLabels", {"kubernetes.io/metadata.name": "tiering"})
                    space = spaces.get("kubernetes.io/metadata.name") or str(spaces | {"pod": peer["podSelector"]["matchLabels"]})
                    found |= {(space, port["port"]) for port in rule["ports"]}
    return found


@everywhere
def test_the_network_lets_through_what_the_settings_name_and_no_more(folder: str) -> None:
    objects = built(folder)
    nothing = of_kind(objects, "NetworkPolicy")["tiering-nothing"]["spec"]
    assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, pod in pods(objects).items():
        told = settings(objects, pod)
        kafka, redis = ({place(address)} for address in (told["TIERING_KAFKA"], told["TIERING_REDIS"]))
        names = {("kube-system", 53)}
        to_servers = (kafka if name != QUERY else set()) | (redis if name in KNOW_REDIS else set())
        assert allowed(objects, pod, "egress") == names | to_servers
        ask = {(str({**ASKS, "pod": ASKS}), "query")} if name == QUERY else set()
        assert allowed(objects, pod, "ingress") == ask | ({("monitoring", "ops")} if name in WATCHED else set())


def place(address: str) -> tuple[str, int]:
    """The namespace and port of an address like redis://name.namespace.svc:6379/0."""
    host, _, port = address.rpartition("//")[2].partition("/")[0].partition(":")
    return host.split(".")[1], int(port)
