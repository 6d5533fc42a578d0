"""Settings: defaults, every variable, and an error that names each bad one."""

from dataclasses import fields
from pathlib import Path

import pytest

from service.access.kafka_access import KafkaAccess
from service.access.query_access import QueryAccess
from service.access.redis_access import RedisAccess
from service.settings import Settings, SettingsError, variables

GROUPS = {"KAFKA": KafkaAccess, "REDIS": RedisAccess, "QUERY": QueryAccess}
GOOD = {
    "TIERING_KAFKA": "broker-1:9092, broker-2:9092",
    "TIERING_REDIS": "redis://cache:6379/3",
    "TIERING_TOPIC_PREFIX": "north.",
    "TIERING_PARTITIONS": "32",
    "TIERING_INBOUND_PARTITIONS": "12",
    "TIERING_REPLICATION": "3",
    "TIERING_TIME": "events",
    "TIERING_HTTP": "0.0.0.0:8080",
    "TIERING_POLICY": "coffee.toml",
    "TIERING_PROFILE_SECONDS": "0.5",
    "TIERING_LOG": "json",
    "TIERING_INSTANCE": "customers-0",
    "TIERING_ENV": "development",
    "TIERING_TERMINATION_LOG": "last-words",
    "TIERING_QUERY": "0.0.0.0:8443",
}


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings.from_environment({"TIERING_KAFKA": " ", "HOME": "/"}) == Settings()


def test_every_variable_is_read() -> None:
    expected = Settings(
        "broker-1:9092,broker-2:9092", "redis://cache:6379/3", "north.", 32, 12, 3, "events", "0.0.0.0:8080",
        Path("coffee.toml"), 0.5, "json", "customers-0", "development", Path("last-words"), "0.0.0.0:8443",
    )  # fmt: skip
    assert Settings.from_environment(GOOD) == expected
    assert len(GOOD) == len(fields(Settings)) - len(GROUPS)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("KAFKA", "broker"), ("KAFKA", "broker:70000"), ("KAFKA", "a:1,,b:2"),
        ("TOPIC_PREFIX", "a b"), ("PARTITIONS", "0"), ("PARTITIONS", "4.0"), ("REPLICATION", "-1"), ("TIME", "utc"),
        ("HTTP", "8080"), ("PROFILE_SECONDS", "nan"), ("PROFILE_SECONDS", "0"), ("PROFILE_SECONDS", "soon"), ("LOG", "xml"),
        ("INSTANCE", "customers 0"), ("INBOUND_PARTITIONS", "0"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_what_is_allowed(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=rf"^TIERING_{variable} is '.*': allowed ") as caught:
        Settings.from_environment({f"TIERING_{variable}": text})
    assert repr(text) in str(caught.value)


def test_all_bad_values_are_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"TIERING_PARTITIONS.*; TIERING_TIME"):
        Settings.from_environment({"TIERING_PARTITIONS": "many", "TIERING_TIME": "utc"})


def test_names_carry_the_prefix() -> None:
    settings = Settings(topic_prefix="north.")
    assert (settings.topic("orders"), settings.group("intake")) == ("north.orders", "north.tiering-intake")


def test_help_names_every_setting() -> None:
    own = {f"TIERING_{field.name.upper()}" for field in fields(Settings)} - {f"TIERING_{name}_ACCESS" for name in GROUPS}
    in_groups = {f"TIERING_{name}_{field.name.upper()}" for name, group in GROUPS.items() for field in fields(group)}
    assert sorted(name for name, _ in variables()) == sorted(own | in_groups)
