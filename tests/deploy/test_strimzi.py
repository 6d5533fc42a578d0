"""The resources for Strimzi: what is committed is what the code makes, and a Kafka gets all that a deployment plans."""

import re
from pathlib import Path

import pytest

from deploy.strimzi import __main__ as strimzi
from deploy.strimzi.topics import topics
from schemas.topics import INBOUND
from service import admin
from service.access.rights import HOLDERS, rights
from service.settings import Settings
from tests.deploy.kubernetes import built, check, of_kind, pods, settings

OBJECTS = built("strimzi")


def test_what_is_committed_is_fresh() -> None:
    assert strimzi.main(["--check"]) == 0


def test_what_is_stale_is_named_and_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(strimzi, "HERE", tmp_path)
    (tmp_path / "topics.yaml").write_text("old")
    assert strimzi.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "deploy/strimzi/topics.yaml is stale" in said
    assert "deploy/strimzi/users.yaml is stale" in said
    assert strimzi.main([]) == 0
    assert strimzi.main(["--check"]) == 0


def test_wrong_use_is_told() -> None:
    assert strimzi.main(["nothing.env"]) == strimzi.main(["--check", "now"]) == 2


def test_every_resource_is_as_its_kind_has_to_be() -> None:
    for each in OBJECTS:
        check(each)


def test_the_topics_are_those_that_the_deployment_plans() -> None:
    production = built("kubernetes/overlays/production")
    told = settings(production, pods(production)["tiering-topics"])
    deployment = Settings(
        partitions=int(told["TIERING_PARTITIONS"]),
        inbound_partitions=int(told["TIERING_INBOUND_PARTITIONS"]),
        replication=int(told["TIERING_REPLICATION"]),
    )
    made = {name: each["spec"] for name, each in of_kind(OBJECTS, "KafkaTopic").items()}
    planned = admin.plan(deployment)
    assert {name: spec["partitions"] for name, spec in made.items()} == {name: count for _, name, count in planned}
    for topic, name, _ in planned:
        assert made[name]["replicas"] == 3
        assert made[name]["config"].items() >= topic.configuration().items()


def test_every_pod_and_whoever_scales_is_a_user_with_rights() -> None:
    production, users = built("kubernetes/overlays/production"), of_kind(OBJECTS, "KafkaUser")
    names = {settings(production, pod)["TIERING_KAFKA_USER"] for name, pod in pods(production).items() if name != "tiering-query"}
    names |= set(of_kind(production, "TriggerAuthentication"))
    assert names <= set(users)
    for user in users.values():
        assert user["spec"]["authentication"] == {"type": "scram-sha-512"}  # what TIERING_KAFKA_SASL says


def test_the_acls_are_the_rights_of_each_holder() -> None:
    users = of_kind(OBJECTS, "KafkaUser")
    for holder in HOLDERS:
        given = {
            (acl["resource"]["type"].lower(), acl["resource"]["name"], acl["resource"]["patternType"], *acl["operations"])
            for acl in users[f"tiering-{holder}"]["spec"]["authorization"]["acls"]
        }
        assert given == {
            (each.resource.replace("-", ""), each.name, "prefix" if each.prefixed else "literal", *each.operations)
            for each in rights(Settings(), holder)
        }


def test_nobody_may_more_than_he_needs() -> None:
    acls = [acl for user in of_kind(OBJECTS, "KafkaUser").values() for acl in user["spec"]["authorization"]["acls"]]
    assert {acl["resource"]["type"] for acl in acls} == {"topic", "group", "transactionalId"}
    assert not {"All", "Alter", "AlterConfigs", "Delete"} & {operation for acl in acls for operation in acl["operations"]}
    scaler = of_kind(OBJECTS, "KafkaUser")["tiering-scaler"]["spec"]["authorization"]["acls"]
    assert {operation for acl in scaler for operation in acl["operations"]} == {"Describe"}


def test_who_scales_sees_what_is_scaled_by() -> None:
    scaler = of_kind(OBJECTS, "KafkaUser")["tiering-scaler"]["spec"]["authorization"]["acls"]
    seen = {(acl["resource"]["type"], acl["resource"]["name"]) for acl in scaler}
    for scaled in of_kind(built("kubernetes/overlays/production"), "ScaledObject").values():
        trigger = scaled["spec"]["triggers"][0]
        if trigger["type"] == "cpu":  # the query, which knows no Kafka
            continue
        metadata = trigger["metadata"]
        assert ("group", metadata["consumerGroup"]) in seen
        assert {("topic", name) for name in ([metadata["topic"]] if "topic" in metadata else INBOUND)} <= seen


def test_another_deployment_gets_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = "# Cut\nTIERING_PARTITIONS=7\nTIERING_INBOUND_PARTITIONS=9\nTIERING_KAFKA_CA=/nowhere/ca.crt\n"
    (tmp_path / "settings.env").write_text(cut)
    assert strimzi.main([str(tmp_path / "settings.env")]) == 0
    said = capsys.readouterr().out
    assert ("partitions: 7" in said, "partitions: 9" in said, "partitions: 4" in said) == (True, True, False)


def test_a_name_that_kubernetes_does_not_take_is_told_beside_one_it_takes() -> None:
    for each in topics(Settings(topic_prefix="North_")):
        check(each)
        assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", each["metadata"]["name"])
        assert each["spec"]["topicName"].startswith("North_")
