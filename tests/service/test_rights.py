"""Who needs which rights: everybody that the topics name is known, and nobody has what is another's."""

import pytest

from schemas.topics import CHANGELOG, CUSTOMER_ACTIVITY, TOPICS
from service.access.rights import HOLDERS, ROLES, rights
from service.settings import Settings

NORTH = Settings(topic_prefix="north.")


def may(operation: str, topic: str) -> set[str]:
    """Who may do that with a topic."""
    held = {holder: rights(NORTH, holder) for holder in HOLDERS}
    return {who for who, all_ in held.items() for each in all_ if each.name == f"north.{topic}" and operation in each.operations}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_is_written_and_read_by_somebody_who_may(topic: object) -> None:
    name = getattr(topic, "name", "")
    assert may("Write", name)
    assert may("Read", name)
    assert may("Create", name) == {"operator"}


def test_the_rows_are_the_customers_roles_alone_and_the_operators_who_rebuilds_them() -> None:
    assert may("Write", CHANGELOG) == may("Read", CHANGELOG) == {"customers", "operator"}
    assert may("Read", CUSTOMER_ACTIVITY) == {"intake", "customers", "operator"}


def test_everything_lies_under_the_prefix() -> None:
    assert [each for holder in HOLDERS for each in rights(NORTH, holder) if not each.name.startswith("north.")] == []


def test_only_whoever_writes_in_transactions_may_shut_others_out() -> None:
    assert {holder for holder in HOLDERS for each in rights(NORTH, holder) if each.prefixed} == {"customers", "operator"}
    assert {role: [each.name for each in rights(NORTH, role) if each.resource == "group"] for role in ROLES} == {
        role: [f"north.tiering-{role}"] for role in ROLES
    }
