"""The overlay for production: scaled within the partitions, every role its own user, secrets only by file, all of it taken."""

import re
from pathlib import Path

import pytest
import trustme

from schemas import topics
from service.app import ROLES
from service.settings import Settings
from tests.deploy.kubernetes import ROOT, Object, built, of_kind, pods, settings

OVERLAY = "kubernetes/overlays/production"
OBJECTS = built(OVERLAY)
SCALED = of_kind(OBJECTS, "ScaledObject")
TOLD = settings(OBJECTS, pods(OBJECTS)["tiering-topics"])
SETTINGS = Settings(partitions=int(TOLD["TIERING_PARTITIONS"]), inbound_partitions=int(TOLD["TIERING_INBOUND_PARTITIONS"]))
MOST = {"intake": SETTINGS.inbound_partitions, "customers": SETTINGS.partitions, "read-model": SETTINGS.partitions}
READ = {"customers": topics.CUSTOMER_ACTIVITY, "read-model": topics.CUSTOMER_PROFILES}
"""The topic that a role reads; intake reads all inbound ones."""
AUTHORITY = Path(__file__).parent / "authority.pem"
"""A certificate that signs itself; its key was thrown away."""

each_role = pytest.mark.parametrize("role", ROLES)


@each_role
def test_there_are_never_more_pods_than_partitions_nor_fewer_than_two(role: str) -> None:
    scaled = SCALED[f"tiering-{role}"]["spec"]
    assert 2 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"] == MOST[role]
    target = scaled["scaleTargetRef"]
    assert "replicas" not in of_kind(OBJECTS, target["kind"])[target["name"]]["spec"]  # an apply does not undo the scaling


@each_role
def test_pods_are_counted_by_the_lag_of_the_roles_group(role: str) -> None:
    [trigger] = SCALED[f"tiering-{role}"]["spec"]["triggers"]
    metadata = trigger["metadata"]
    assert (trigger["type"], metadata["consumerGroup"]) == ("kafka", SETTINGS.group(role))
    assert metadata.get("topic") == READ.get(role)  # none: all that the group reads
    told = settings(OBJECTS, pods(OBJECTS)[f"tiering-{role}"])
    assert metadata["bootstrapServers"] == told["TIERING_KAFKA"]
    assert (metadata["tls"], metadata["sasl"]) == ("enable", told["TIERING_KAFKA_SASL"].lower().replace("-sha-", "_sha"))
    assert trigger["authenticationRef"]["name"] in of_kind(OBJECTS, "TriggerAuthentication")


@each_role
def test_pods_come_faster_than_they_go(role: str) -> None:
    behavior = SCALED[f"tiering-{role}"]["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    up, down = behavior["scaleUp"], behavior["scaleDown"]
    assert down["stabilizationWindowSeconds"] >= 10 * up["stabilizationWindowSeconds"]
    assert [each["value"] for each in down["policies"]] == [1]
    assert min(each["periodSeconds"] for each in down["policies"]) > max(each["periodSeconds"] for each in up["policies"])


def test_the_querys_pods_are_counted_by_their_processors_and_it_is_told_nothing_secret_of_kafka() -> None:
    scaled = SCALED["tiering-query"]["spec"]
    [trigger] = scaled["triggers"]
    assert (trigger["type"], trigger["metricType"], trigger["metadata"]) == ("cpu", "Utilization", {"value": "70"})
    assert 2 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"]
    deployment = of_kind(OBJECTS, "Deployment")["tiering-query"]["spec"]
    assert "replicas" not in deployment
    assert deployment["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"]  # what 70 % are of
    assert not any("kafka" in volume["name"] for volume in deployment["template"]["spec"]["volumes"])


def test_every_role_is_a_user_of_its_own() -> None:
    ours = {name: pod for name, pod in pods(OBJECTS).items() if name != "tiering-query"}
    users = {name: settings(OBJECTS, pod)["TIERING_KAFKA_USER"] for name, pod in ours.items()}
    assert users == {name: "tiering-operator" if name == "tiering-topics" else name for name in users}
    for name, pod in ours.items():
        secrets = {volume["name"]: volume["secret"]["secretName"] for volume in pod["spec"]["volumes"] if "secret" in volume}
        assert secrets["kafka-user"] == users[name]


def test_only_the_read_model_the_query_and_people_know_the_password_of_redis() -> None:
    knows = {
        name
        for name, pod in pods(OBJECTS).items()
        if "tiering-redis" in {each["secret"]["secretName"] for each in pod["spec"]["volumes"] if "secret" in each}
    }
    assert knows == {"tiering-read-model", "tiering-query", "tiering-operator"}


def test_every_secret_that_is_needed_is_named_for_whoever_installs() -> None:
    needed = {
        each["secret"]["secretName"] for pod in pods(OBJECTS).values() for each in pod["spec"]["volumes"] if "secret" in each
    }
    for authentication in of_kind(OBJECTS, "TriggerAuthentication").values():
        needed |= {each["name"] for each in authentication["spec"]["secretTargetRef"]}
    needed -= set(of_kind(OBJECTS, "Secret"))
    told = (ROOT / "deploy" / OVERLAY / "kustomization.yaml").read_text().partition("apiVersion")[0]
    assert needed == set(re.findall(r"\btiering-(?!secrets)[a-z-]+|kafka-cluster-ca-cert", told))


@pytest.mark.parametrize("name", sorted(pods(OBJECTS)))
def test_the_service_takes_the_settings_of_every_pod(name: str, tmp_path: Path) -> None:
    pod = pods(OBJECTS)[name]
    told = {variable: value.replace("/etc/tiering", str(tmp_path)) for variable, value in settings(OBJECTS, pod).items()}
    mount(pod, tmp_path)
    if query := name == "tiering-query":
        told["TIERING_QUERY"] = "0.0.0.0:8090"  # as in the image
    taken = Settings.from_environment(told, kafka=not query)
    assert (taken.partitions, taken.replication, taken.policy) == (24, 3, tmp_path / "policy" / "policy.toml")
    assert not query or list(taken.query_access.faults(taken.query, production=taken.env == "production")) == []
    assert taken.instance == ("metadata.name" if name == "tiering-customers" else "")


def mount(pod: Object, at: Path) -> None:
    """What a kubelet would put where the pod wants it."""
    for volume in pod["spec"]["volumes"]:
        if "emptyDir" in volume:
            continue
        [place] = [each["mountPath"] for each in pod["spec"]["containers"][0]["volumeMounts"] if each["name"] == volume["name"]]
        folder = at / Path(place).relative_to("/etc/tiering")
        folder.mkdir()
        for name, text in contents(volume).items():
            (folder / name).write_text(text)


def contents(volume: Object) -> dict[str, str]:
    """The files of a volume."""
    if "secret" not in volume:
        return dict.fromkeys(("policy.toml", "first-policy.toml"), "")
    secret = volume["secret"]["secretName"]
    if secret == "tiering-query-tls":
        issued = trustme.CA().issue_cert("tiering-query.tiering.svc")
        return {"tls.crt": issued.cert_chain_pems[0].bytes().decode(), "tls.key": issued.private_key_pem.bytes().decode()}
    if secret == "tiering-query-tokens":
        return {"tokens": "of-the-tills-2026\nof-the-crm-2026-11\n"}
    return {"ca.crt": AUTHORITY.read_text(), "password": "a secret"}
