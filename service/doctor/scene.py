"""What the checks of one examination share: whose deployment it is, and what the checks before have found there."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from schemas import topics
from schemas.topics import TOPICS, Topic
from service.access.rights import ROLES, role_topics
from service.agreement import Seen
from service.doctor.brokers import Brokers
from service.doctor.finding import Skipped
from service.faust_safe.requests import NOT_TOLD
from service.rows.partition_row import PartitionRow
from service.settings import Settings

INTAKE, CUSTOMERS, READ_MODEL = "intake", "customers", "read-model"
READS = {INTAKE: topics.INBOUND, CUSTOMERS: (topics.CUSTOMER_ACTIVITY,), READ_MODEL: (topics.CUSTOMER_PROFILES,)}
"""What each role's group reads."""


class PartitionSeen(NamedTuple):
    """A partition as the brokers tell of it."""

    number: int
    leader: int
    replicas: int
    in_sync: int


class TopicSeen(NamedTuple):
    """A topic as the brokers tell of it: `code` is Kafka's error, `operations` a bit for each thing we may do."""

    code: int
    partitions: tuple[PartitionSeen, ...]
    operations: int


class Group(NamedTuple):
    """A consumer group from outside. `code`: Kafka's error; `held`: the partitions of its members, by topic and number."""

    code: int = 0
    state: str = ""
    members: int = 0
    held: frozenset[tuple[str, int]] = frozenset()
    operations: int = NOT_TOLD


class Scene:
    """Filled in by the checks, in their order."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], role: str | None) -> None:
        self.settings, self.environ = settings, environ
        self.roles = (role,) if role else ROLES
        self.found_brokers: Brokers | None = None
        self.found_topics: dict[str, TopicSeen] = {}
        """By the name that the code knows them by."""
        self.configs: dict[str, dict[str, str]] = {}
        """Their settings in force, of those whose settings may be seen."""
        self.redis: Any = None
        """A client; None when it was not reached, or is nothing to the roles looked at."""
        self.rows: dict[int, PartitionRow] = {}
        """The partitions' own rows, of those whose row can be read."""
        self.groups: dict[str, Group] = {}
        """The roles' groups."""
        self.logs: dict[int, Seen] = {}
        """The partitions of the log, with the same numbers."""

    @property
    def brokers(self) -> Brokers:
        """Skipped when none was reached."""
        if self.found_brokers is None:
            raise Skipped("Kafka is not reachable")
        return self.found_brokers

    def topics(self, names: Iterable[str]) -> dict[str, TopicSeen]:
        """These topics; Skipped when one of them is not there, or not to be seen."""
        self.brokers  # noqa: B018 - if that is wrong, nothing is known of topics
        names = list(names)
        if not all(map(self._is_there, names)):
            raise Skipped("topics are missing, or not to be seen")
        return {name: self.found_topics[name] for name in names}

    def partitions(self, name: str) -> range:
        """The numbers of a topic's partitions; Skipped when it is not there."""
        return range(len(self.topics([name])[name].partitions))

    def log_partitions(self, *others: str) -> range:
        """The numbers of the log's partitions. Skipped when it, or another topic that lies like it, has not as many."""
        wanted = self.settings.partitions
        for name in (topics.CUSTOMER_ACTIVITY, *others):
            if len(self.partitions(name)) != wanted:
                raise Skipped("the topics have not as many partitions as TIERING_PARTITIONS says")
        return range(wanted)

    def concerned(self) -> list[Topic]:
        """The topics that the roles looked at have to do with: of all roles every topic, the operators' too."""
        if self.roles == ROLES:
            return list(TOPICS)
        return [topic for role in self.roles for topic in role_topics(self.settings, role)]

    async def close(self) -> None:
        """Close what the checks have opened."""
        if self.found_brokers is not None:
            self.found_brokers.close()
        if self.redis is not None:
            await self.redis.aclose()

    def _is_there(self, name: str) -> bool:
        seen = self.found_topics.get(name)
        return seen is not None and seen.code == 0 and bool(seen.partitions)
