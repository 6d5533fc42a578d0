"""Kafka, its brokers, topics and copies, by what was seen of them."""

import pytest

from schemas import topics as names
from service import admin
from service.doctor import abilities, kafka, replication, topics
from service.doctor.abilities import NEEDED, Abilities
from service.doctor.address import Met, Obstacle
from service.doctor.finding import Status, exit_code
from service.exit_codes import NOT_REACHABLE
from service.faust_safe.broker import Broker
from service.settings import Settings
from tests.doctor.facts import topic

HERE = Settings(kafka="k:9092", topic_prefix="x-", partitions=2)


def test_every_obstacle_has_words_and_a_step() -> None:
    for obstacle in Obstacle:
        [finding] = kafka.judge([Met("k:9092", None, obstacle, "so it says")], "PLAINTEXT")
        assert (finding.status, exit_code([finding])) == (Status.FAIL, NOT_REACHABLE)
        assert "k:9092: " in finding.found
        assert "{" not in finding.found
        assert finding.do


async def test_one_address_of_several_is_enough_and_the_others_are_named() -> None:
    inside = Met("k1:9092", Broker("k1", 9092, {}, 1.0))
    fine, closed = kafka.judge([inside, Met("k2:9092", None, Obstacle.PORT_CLOSED)], "PLAINTEXT")
    assert (fine.status, "k1:9092" in fine.found) == (Status.OK, True)
    assert (closed.status, "k2:9092" in closed.found) == (Status.WARN, True)
    assert exit_code([fine, closed]) == 0


def test_a_broker_that_is_named_and_can_not_be_reached_is_a_failure() -> None:
    [finding] = kafka.judge_brokers([Met("inner:9092", None, Obstacle.UNKNOWN_HOST, "?")])
    assert finding.status == Status.FAIL
    assert "inner:9092" in finding.found
    assert "advertised.listeners" in str(finding.do)


def test_a_broker_without_transactions() -> None:
    everything = {key: version for key, (_, version) in NEEDED.items()}
    assert abilities.judge(Abilities(3, everything, {"metadata.version": 27})).found == "Kafka 4.1, 3 brokers, with transactions"
    old = abilities.judge(Abilities(1, {**everything, 22: 0}, {}))
    assert (old.status, "transactions (InitProducerId)" in old.found) == (Status.FAIL, True)


@pytest.mark.parametrize(
    ("level", "said"),
    [(27, "Kafka 4.1"), (26, "Kafka 4.1"), (24, "Kafka 4.0"), (7, "Kafka 3.3"), (99, "Kafka (metadata.version 99)")],
)
def test_the_release_is_told_from_the_metadata_version(level: int, said: str) -> None:
    assert abilities.release({"metadata.version": level}) == said


def judged(**changed: object) -> list[str]:
    """The lines for a plan that is carried out, but for what is said of a topic: a TopicSeen, or its settings."""
    plan = admin.plan(HERE)
    counts = {each.name: count for each, _, count in plan}
    seen = {name: topic(*[(1, 1, 1)] * count) for name, count in counts.items()}
    set_to = {each.name: each.configuration() for each, _, _ in plan}
    for name, what in changed.items():
        name = name.replace("_", "-")
        if isinstance(what, dict):
            set_to[name] = what
        else:
            seen[name] = what  # type: ignore[assignment]
    return [f"{each.status} {each.found} -> {each.do}" for each in topics.judge(HERE, plan, seen, set_to)]


def test_topics_as_they_have_to_be_are_one_line() -> None:
    [line] = judged()
    assert line.startswith(f"ok {len(names.TOPICS)} topics")


def test_missing_topics_are_made_by_apply() -> None:
    assert judged(orders=topic(code=3), tier_changes=topic(code=3)) == [
        "FAIL x-orders, x-tier-changes are missing -> `tiering topics apply --policy FILE`"
    ]


def test_another_partition_count_names_the_variable() -> None:
    [line] = judged(tier_changes=topic((1, 1, 1)))
    assert line.startswith("FAIL x-tier-changes is of 1 partitions, TIERING_PARTITIONS is 2 -> set TIERING_PARTITIONS to 1 if")


def test_another_setting_comes_with_the_command_that_changes_it() -> None:
    [line] = judged(customer_profiles={"cleanup.policy": "delete", "message.timestamp.type": "LogAppendTime"})
    assert line == (
        "FAIL x-customer-profiles has cleanup.policy=delete, it has to be compact -> `kafka-configs.sh --bootstrap-server k:9092"
        " --alter --entity-type topics --entity-name x-customer-profiles --add-config cleanup.policy=compact`"
    )


def test_topics_that_may_not_be_seen_are_told_from_missing_ones() -> None:
    [line] = judged(orders=topic(code=29))
    assert line.startswith("FAIL we may not see x-orders -> give this user Describe")


@pytest.mark.parametrize(
    ("seen", "settings", "status", "says"),
    [
        (topic((1, 1, 1)), {}, Status.OK, "one copy each"),
        (topic((1, 3, 3)), {"min.insync.replicas": "2"}, Status.OK, "all 3 of their copies"),
        (topic((-1, 3, 0)), {"min.insync.replicas": "2"}, Status.FAIL, "nobody leads t-0"),
        (topic((1, 3, 3), (1, 3, 1)), {"min.insync.replicas": "2"}, Status.FAIL, "of t-1: nothing can be written"),
        (topic((1, 3, 2)), {"min.insync.replicas": "2"}, Status.WARN, "a copy is missing or behind of t-0"),
        (topic((1, 3, 3)), {"min.insync.replicas": "3"}, Status.WARN, "one broker down stops all"),
        (topic((1, 3, 3)), {"min.insync.replicas": "1"}, Status.WARN, "may lose acknowledged records"),
        (topic((1, 3, 3)), {"min.insync.replicas": "2", "unclean.leader.election.enable": "true"}, Status.WARN, "may lose"),
    ],
)
def test_copies(seen: object, settings: dict[str, str], status: Status, says: str) -> None:
    [finding] = replication.judge({"t": seen}, {"t": settings})  # type: ignore[dict-item]
    assert (finding.status, says in finding.found) == (status, True), finding
    assert (finding.do is None) == (status == Status.OK)


def test_one_copy_is_for_laptops() -> None:
    [finding] = replication.judge({"t": topic((1, 1, 1))}, {}, production=True)
    assert (finding.status, "one copy only of t" in finding.found) == (Status.WARN, True)
