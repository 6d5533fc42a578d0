"""deploy/compose.yaml: what it says can be done, and nothing of it is open. Whether it runs: test_compose_runs."""

import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.access.query_access import tokens
from service.app import ROLES, STOP_DEADLINE
from service.domain.policy_file import parse_policy
from service.settings import variables
from tests.deploy.command_line import parsed
from tests.deploy.composed import DEMO, FILE, IMAGE, ours, policies, query_tokens, services

ALL, DEMO_SERVICES = services(), ours(DEMO)
OURS = ours()
ENDS = {"topics", "demo"}
"""Services that do something and end."""

each_service = pytest.mark.parametrize(("name", "service"), ALL.items(), ids=ALL)
each_of_ours = pytest.mark.parametrize(("name", "service"), OURS.items(), ids=OURS)


def seconds(duration: str) -> float:
    """What docker-compose writes: 1m30s."""
    return sum(float(number) * {"m": 60, "s": 1}[unit] for number, unit in re.findall(r"([\d.]+)([ms])", duration))


def test_every_role_and_what_it_needs_is_there() -> None:
    assert {*ROLES, "query", "kafka", "redis", "topics", "prometheus", "alertmanager", "grafana", "demo"} == set(ALL)
    assert [parsed(OURS[role]["command"]).params["role"] for role in ROLES] == list(ROLES)
    assert parsed(OURS["query"]["command"]).command.name == "serve"


@each_service
def test_ports_are_of_this_machine_only(name: str, service: dict[str, Any]) -> None:
    assert [port["host_ip"] for port in service.get("ports", ())] in ([], ["127.0.0.1"])


def test_no_two_services_take_one_port_of_the_machine() -> None:
    taken = [port["published"] for service in ALL.values() for port in service.get("ports", ())]
    assert sorted(taken) == ["3000", "6379", "8090", "9090", "9092", "9093"]


@each_service
def test_images_are_pinned_to_their_last_number(name: str, service: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+(-alpine)?", service["image"])
    assert ("build" in service) == service["image"].startswith(IMAGE)


@each_service
def test_it_is_contained(name: str, service: dict[str, Any]) -> None:
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service.get("read_only", False) or name == "kafka"  # it writes logs beside its data
    assert not {"privileged", "network_mode", "pid", "devices"} & set(service)


@each_service
def test_it_says_how_it_is_or_it_ends(name: str, service: dict[str, Any]) -> None:
    check = service.get("healthcheck", {})
    assert check.get("disable", False) == (name in ENDS)
    assert ("test" in check) != (name in ENDS)
    assert (service["restart"] == "no") == (name in ENDS)


@pytest.mark.parametrize("role", ROLES)
def test_a_worker_is_given_the_time_it_takes_to_stop(role: str) -> None:
    assert seconds(OURS[role]["stop_grace_period"]) > STOP_DEADLINE


@each_service
def test_what_it_waits_for_can_come_to_be(name: str, service: dict[str, Any]) -> None:
    for other, wanted in service.get("depends_on", {}).items():
        assert wanted["condition"] == ("service_completed_successfully" if other in ENDS else "service_healthy")


def test_nothing_waits_for_itself() -> None:
    graph = {name: set(service.get("depends_on", ())) for name, service in ALL.items()}
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("kafka") < order.index("topics") < order.index("customers") < order.index("demo")


@each_service
def test_what_is_mounted_from_the_repository_is_there_and_only_read(name: str, service: dict[str, Any]) -> None:
    for mount in service.get("volumes", ()):
        if mount["type"] == "bind":
            assert Path(mount["source"]).exists(), mount["source"]
            assert mount["read_only"]


@each_of_ours
def test_every_setting_is_one_and_every_command_can_be_given(name: str, service: dict[str, Any]) -> None:
    known = {variable for variable, _ in variables()}
    assert [variable for variable in service["environment"] if variable.removesuffix("_FILE") not in known] == []
    parsed(service["command"])


@each_of_ours
def test_every_policy_is_in_the_image_and_can_be_read(name: str, service: dict[str, Any]) -> None:
    for each in (service, DEMO_SERVICES[name]):
        for policy in policies(each):
            parse_policy(policy.read_text(encoding="utf-8"))


def test_the_demo_has_a_log_of_its_own_in_the_time_of_its_events() -> None:
    for service in DEMO_SERVICES.values():
        assert service["environment"]["TIERING_TIME"] == "events"
        assert service["environment"]["TIERING_TOPIC_PREFIX"] == "demo-"
    assert {path.name for path in policies(DEMO_SERVICES["customers"])} == {"grocery.toml"}


def test_the_query_waits_for_no_kafka_and_asks_for_a_token_of_a_file() -> None:
    query = OURS["query"]
    assert set(query["depends_on"]) == {"redis"}
    [secret] = query["secrets"]
    assert query["environment"]["TIERING_QUERY_TOKENS_FILE"] == f"/run/secrets/{secret['source']}"
    assert tokens(query_tokens().read_text(encoding="utf-8"))


def test_kafka_makes_no_topic_by_itself_and_keeps_its_data_in_the_volume() -> None:
    kafka = ALL["kafka"]
    assert kafka["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert [mount["target"] for mount in kafka["volumes"]] == [kafka["environment"]["KAFKA_LOG_DIRS"]]


def test_grafana_finds_prometheus_and_its_dashboards() -> None:
    grafana, provisioning = ALL["grafana"], FILE.parent / "grafana" / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources" / "tiering.yaml").read_text())["datasources"]
    assert grafana["environment"][source["url"].removeprefix("$")] == "http://prometheus:9090"
    [provider] = yaml.safe_load((provisioning / "dashboards" / "tiering.yaml").read_text())["providers"]
    mounted = {mount["target"]: Path(mount["source"]) for mount in grafana["volumes"] if mount["type"] == "bind"}
    assert mounted["/etc/grafana/provisioning"] == provisioning
    assert list(mounted[provider["options"]["path"]].glob("*.json"))


def test_prometheus_asks_every_role_where_the_image_listens_and_tells_alertmanager() -> None:
    mounted = {mount["target"]: Path(mount["source"]) for mount in ALL["prometheus"]["volumes"] if mount["type"] == "bind"}
    config = yaml.safe_load(mounted["/etc/prometheus/prometheus.yml"].read_text())
    assert [f"/etc/prometheus/{each}" for each in config["rule_files"]] == ["/etc/prometheus/rules.yml"]
    assert "/etc/prometheus/rules.yml" in mounted
    asked = {job["job_name"]: job["dns_sd_configs"][0] for job in config["scrape_configs"]}
    assert {job: (where["names"], where["port"]) for job, where in asked.items()} == {
        f"tiering-{role}": ([role], 8080) for role in (*ROLES, "query")
    }
    [told] = config["alerting"]["alertmanagers"][0]["dns_sd_configs"]
    assert (told["names"], told["port"]) == (["alertmanager"], 9093)
