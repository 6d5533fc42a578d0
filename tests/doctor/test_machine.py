"""This machine and Redis: clocks, variables, memory."""

from pathlib import Path

import pytest

from service.doctor import clock, read_model, redis, variables
from service.doctor.clock import Compared
from service.doctor.finding import Skipped, Status, exit_code
from service.exit_codes import WRONG_USE


@pytest.mark.parametrize(
    ("compared", "status", "says"),
    [
        ([Compared("Kafka's controller", 0.02, 0.03)], Status.OK, "in step with Kafka's controller"),
        ([Compared("Kafka's controller", 3.2, 3.0)], Status.OK, "0.2 s ahead of Kafka's controller"),
        ([Compared("Kafka's controller", -5.0, 0.1)], Status.WARN, "4.9 s behind Kafka's controller"),
        ([Compared("Kafka's controller", 400.0, 0.1)], Status.FAIL, "399.9 s ahead of"),
        ([Compared("Kafka's controller", 0.0, 0.1), Compared("Redis", 60.0, 0.1)], Status.WARN, "59.9 s ahead of Redis"),
        ([Compared("Redis", 0.0, 0.1)], Status.OK, "Kafka's clock can't be seen"),
    ],
)
def test_clocks(compared: list[Compared], status: Status, says: str) -> None:
    finding = clock.judge(compared)
    assert (finding.status, says in finding.found) == (status, True), finding


def test_clocks_that_can_not_be_seen() -> None:
    with pytest.raises(Skipped, match="Describe on the cluster"):
        clock.judge([])


SAFE = {"TIERING_ENV": "production", "TIERING_KAFKA_SECURITY": "SSL", "TIERING_REDIS": "rediss://r:1/0"}
INFO = {"redis_version": "7.2.4", "role": "master", "maxmemory": 0, "used_memory": 5 << 20, "maxmemory_policy": "noeviction"}


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({}, Status.OK, "Redis 7.2.4 at r:6379, 5 MiB used, noeviction"),
        ({"valkey_version": "9.0.1"}, Status.OK, "Valkey 9.0.1"),
        ({"maxmemory_policy": "volatile-lru", "maxmemory": 1 << 30}, Status.OK, "volatile-lru"),  # our keys never expire
        ({"maxmemory_policy": "allkeys-lru"}, Status.WARN, "no maxmemory yet"),
        ({"maxmemory_policy": "allkeys-lru", "maxmemory": 1 << 30}, Status.FAIL, "drops keys when it is full"),
        ({"maxmemory_policy": "allkeys-lru", "maxmemory": 1 << 30, "evicted_keys": 7}, Status.FAIL, "has dropped 7 keys"),
        ({"maxmemory": 5 << 20}, Status.WARN, "100% full"),
        ({"role": "slave"}, Status.FAIL, "is a replica"),
        ({"cluster_enabled": 1}, Status.FAIL, "is a cluster"),
    ],
)
def test_redis(changed: dict[str, object], status: Status, says: str) -> None:
    [finding] = redis.judge({**INFO, **changed}, "r:6379")
    assert (finding.status, says in finding.found) == (status, True), finding
    assert (finding.do is None) == (status == Status.OK)


def test_a_redis_that_may_not_be_asked() -> None:
    [finding] = redis.judge({}, "r:6379")
    assert finding.status == Status.WARN


@pytest.mark.parametrize("url", ["redis://user:canary@r:6379/0", "rediss://:canary@r:6379"])
def test_where_redis_is_is_told_without_its_password(url: str) -> None:
    assert redis.host(url) == "r:6379"


def test_a_variable_that_nobody_knows_comes_with_the_one_that_is_meant() -> None:
    settings, [finding] = variables.look({"TIERING_KAFAK": "k:9092", "PATH": "/bin"})
    assert (settings, exit_code([finding])) == (None, WRONG_USE)
    assert finding.found == "TIERING_KAFAK is no setting"
    assert finding.do == "rename it to TIERING_KAFKA, or unset it"


def test_values_that_can_not_be_read_are_wrong_use_a_line_each() -> None:
    settings, findings = variables.look({"TIERING_PARTITIONS": "many", "TIERING_KAFKA": "here", "TIERING_KAFKA_KEY": "/k.pem"})
    assert settings is None
    assert [each.found for each in findings] == ["TIERING_KAFKA is 'here'", "TIERING_PARTITIONS is 'many'"]
    assert [each.do for each in findings] == ["set it to host:port", "set it to a whole number from 1 to 10000"]
    assert exit_code(findings) == WRONG_USE


def test_variables_that_do_not_go_together() -> None:
    _, findings = variables.look({"TIERING_KAFKA_PASSWORD": "canary"})
    assert any("TIERING_KAFKA_PASSWORD" in each.found and "SASL_SSL" in str(each.do) for each in findings)
    assert "canary" not in str(findings)


@pytest.mark.parametrize(
    ("environ", "found", "do"),
    [
        ({"TIERING_REDIS": "canary"}, "TIERING_REDIS holds what is not allowed", "in a password %XX for : / ? # @"),
        (
            {"TIERING_KAFKA_SECURITY": "SSL", "TIERING_KAFKA_CA": "/no.pem"},
            "/no.pem can't be read as certificates in PEM: No such file or directory",
            "correct TIERING_KAFKA_CA, ",
        ),
        (
            {"TIERING_REDIS_PASSWORD_FILE": "/none"},
            "TIERING_REDIS_PASSWORD_FILE is /none, which can't be read: No such file or directory",
            "correct TIERING_REDIS_PASSWORD_FILE, or the file and who may read it",
        ),
        (
            {"TIERING_REDIS_PASSWORD_FILE": "/dev/null"},
            "TIERING_REDIS_PASSWORD_FILE is /dev/null, which is empty",
            "correct TIERING_REDIS_PASSWORD_FILE, or the file and who may read it",
        ),
        (
            {"TIERING_KAFKA_SECURITY": "SASL_SSL", "TIERING_KAFKA_PASSWORD": "canary"},
            "TIERING_KAFKA_USER is not set, and SCRAM-SHA-512 (TIERING_KAFKA_SASL) needs it",
            "set TIERING_KAFKA_USER",
        ),
    ],
)
def test_what_is_wrong_and_what_to_do_are_told_apart(environ: dict[str, str], found: str, do: str) -> None:
    _, [finding] = variables.look(environ)
    assert found in finding.found
    assert do in str(finding.do)
    assert "canary" not in str(finding)


@pytest.mark.parametrize(
    ("environ", "found", "do"),
    [
        ({"TIERING_QUERY_CERTIFICATE": "/no.pem"}, "/no.pem can't be read", "correct TIERING_QUERY_CERTIFICATE"),
        ({"TIERING_QUERY_TOKENS": "canary"}, "TIERING_QUERY_TOKENS holds", "set it to tokens of 16 ASCII characters or more"),
        (
            {"TIERING_QUERY_TOKENS": "canary-canary-canary", "TIERING_QUERY": "10.0.0.1:1", **SAFE},
            "what 10.0.0.1:1 (TIERING_QUERY) answers is not encrypted",
            "set TIERING_QUERY_CERTIFICATE",
        ),
    ],
)
def test_what_the_query_would_refuse_is_said(environ: dict[str, str], found: str, do: str) -> None:
    _, [finding] = variables.look(environ)
    assert (found in finding.found, do in str(finding.do), exit_code([finding])) == (True, True, WRONG_USE), finding
    assert "canary" not in str(finding)


def test_who_has_no_query_hears_nothing_of_it() -> None:
    _, [finding] = variables.look({**SAFE, "TIERING_QUERY": "0.0.0.0:8090"})  # the image says so to everybody
    assert finding.status == Status.OK


@pytest.mark.parametrize(
    ("marks", "status", "says"),
    [
        ({0: 999.0, 1: 998.8}, Status.OK, "complete up to 1.2 s ago"),
        ({0: 1_003.0, 1: 1_003.0}, Status.OK, "complete up to 0.0 s ago"),  # by another machine's clock
        ({0: 960.0, 1: 999.0}, Status.WARN, "complete up to 40 s ago"),
        ({0: 600.0, 1: 999.0}, Status.FAIL, "complete up to 7 min ago"),
        ({1: 600.0}, Status.WARN, "partition 0 being filled: nobody who is in there can be looked up yet"),
        ({}, Status.WARN, "partitions 0-1 being filled"),
        ({0: 999.0, 1: 999.0, 2: 5.0}, Status.FAIL, "partition 2 was read too, and TIERING_PARTITIONS is 2"),
    ],
)
def test_the_read_model(marks: dict[int, float], status: Status, says: str) -> None:
    finding = read_model.judge(marks, 2, 1_000.0)
    assert (finding.status, says in finding.found) == (status, True), finding
    assert (finding.do is None) == (status == Status.OK)


def test_a_secret_is_named_and_not_shown() -> None:
    _, [finding] = variables.look({"TIERING_REDIS": "redis://u:canary@r:6379/0", "TIERING_KAFKA": "k:9092"})
    assert finding.found == "TIERING_KAFKA, TIERING_REDIS; the rest by default"


def test_the_policy_file_has_a_check_of_its_own(tmp_path: Path) -> None:
    settings, [finding] = variables.look({"TIERING_POLICY": str(tmp_path / "none.toml")})
    assert settings is not None
    assert finding.status == Status.OK
