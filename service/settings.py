"""Settings of a deployment, read once from `TIERING_*` variables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from redis.asyncio import Redis

from service.access import kafka_access, query_access, redis_access
from service.access.environment import PREFIX, Environment, Hidden, Read
from service.access.kafka_access import KafkaAccess
from service.access.query_access import QueryAccess
from service.access.redis_access import RedisAccess, redis_url, without_login
from service.access.setting_values import address, addresses, between, instance, one_of, seconds, topic_prefix
from service.faust_safe.cluster import Cluster

TERMINATION_LOG = Path("/dev/termination-log")

MEANINGS = {
    "env": "production refuses to send passwords and customers' data unencrypted; or development",
    "kafka": "bootstrap servers, host:port, separated by commas",
    "redis": "where the read model lies: redis://host:port/database, rediss://... (TLS) or unix://...",
    "topic_prefix": "put before every topic, consumer group, transactional id and Redis key",
    "partitions": "partitions of customer-activity and of all topics that lie like it; fixed once the topics exist",
    "inbound_partitions": "partitions of the topics of producers where we make them: so many intake processes are of use",
    "replication": "copies of each topic",
    "time": "wall, or events for history and demos",
    "query": "address at which `tiering serve` answers, host:port; port 0 takes a free one",
    "http": "address of probes and metrics, host:port; port 0 takes a free one",
    "policy": "the policy file; a version above the log's takes over",
    "profile_seconds": "a changed profile goes out at the latest so long after its event (later while thousands of events wait)",
    "log": "human, json (one object a line), or auto: human on a terminal, else json",
    "instance": "this process's name in its consumer group: over a restart it keeps its partitions; must be its own",
    "termination_log": "where the last words of a process that fails go, if the file is there",
}
"""What each variable says, for --help."""
KAFKA, REDIS, QUERY = PREFIX + "KAFKA_", PREFIX + "REDIS_", PREFIX + "QUERY_"


class SettingsError(ValueError):
    """One or more variables hold something else than is allowed; the message names each, `faults` in a sentence each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the servers are and how this deployment is cut."""

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, host:port, separated by commas."""
    redis: str = "redis://127.0.0.1:6379/0"
    """Without user and password: these are in `redis_access`."""
    topic_prefix: str = ""
    """Put before every topic, consumer group and transactional id."""
    partitions: int = 4
    """Partitions of `customer-activity` and of all topics that lie like it; fixed once the topics exist."""
    inbound_partitions: int = 4
    """Partitions of the inbound topics, and of those that are not read in order (dead letters), where we make them."""
    replication: int = 1
    time: Literal["wall", "events"] = "wall"
    http: str = "127.0.0.1:0"
    """Address of probes and metrics; port 0 takes a free one."""
    policy: Path | None = None
    profile_seconds: float = 1.0
    """A changed profile goes out at the latest this long after its event; later while thousands of events wait."""
    log: Literal["auto", "human", "json"] = "auto"
    instance: str = ""
    """This process's name in its consumer group (Kafka: group.instance.id); none: another takes over when it ends."""
    env: Literal["production", "development"] = "development"
    termination_log: Path = TERMINATION_LOG
    query: str = "127.0.0.1:8090"
    """Address at which customers are looked up."""
    kafka_access: KafkaAccess = field(default_factory=KafkaAccess)
    redis_access: RedisAccess = field(default_factory=RedisAccess)
    query_access: QueryAccess = field(default_factory=QueryAccess)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, kafka: bool = True) -> "Settings":
        """The settings in an environment; absent or empty variables have their defaults. Raises SettingsError.

        Without `kafka` nobody asks for it, and how it is got into is passed over.
        """
        environment = Environment(environ)
        values = environment.read(PREFIX, _READERS)
        login = environment.read(REDIS, redis_access.READERS)
        if "redis" in values:
            values["redis"], user, password = without_login(values["redis"])
            if password and "password" in login:
                environment.faults.append("TIERING_REDIS holds a password, and TIERING_REDIS_PASSWORD is set: set one of them")
            login = {"user": user, "password": password} | login
        into_kafka = (environment.read if kafka else environment.pass_over)(KAFKA, kafka_access.READERS)
        query = QueryAccess(**environment.read(QUERY, query_access.READERS))
        access = KafkaAccess(**into_kafka)
        settings = cls(**values, kafka_access=access, redis_access=RedisAccess(**login), query_access=query)
        if faults := [*environment.faults, *environment.unknown()] or list(settings.faults(kafka=kafka)):
            raise SettingsError(*faults)
        return settings

    def faults(self, *, kafka: bool = True) -> Iterator[str]:
        """What does not go together, or may not be in production, a sentence each."""
        if kafka:
            yield from self._kafka_faults()
        yield from self.redis_access.faults(self.redis)
        if self.env == "production" and self.redis.startswith("redis://"):
            yield (
                f"TIERING_ENV is production, and {self.redis} (TIERING_REDIS) is not encrypted: set it to rediss://..., with"
                " TIERING_REDIS_CA"
            )

    def _kafka_faults(self) -> Iterator[str]:
        yield from self.kafka_access.faults()
        if self.env != "production":
            return
        if not self.kafka_access.encrypted:
            yield (
                f"TIERING_ENV is production, and TIERING_KAFKA_SECURITY is {self.kafka_access.security}, which is not encrypted:"
                " set it to SASL_SSL (or SSL), with TIERING_KAFKA_CA"
            )
        if self.kafka_access.token_url.startswith("http:"):
            yield "TIERING_ENV is production, and TIERING_KAFKA_TOKEN_URL is not encrypted: set it to https://..."

    @property
    def cluster(self) -> Cluster:
        """The Kafka that this deployment is on."""
        return Cluster(self.kafka.split(","), self.kafka_access.arguments())

    def redis_client(self, **settings: Any) -> Redis:
        """A client of the read model's Redis."""
        return self.redis_access.client(self.redis, **settings)

    def topic(self, name: str) -> str:
        """A topic's name in this deployment."""
        return self.topic_prefix + name

    def group(self, role: str) -> str:
        """The consumer group (Faust: the app id) of a role."""
        return f"{self.topic_prefix}tiering-{role}"


def variables() -> list[tuple[str, str]]:
    """Each variable with its meaning and default."""
    defaults = Settings()
    groups = (
        (PREFIX, MEANINGS, _READERS, defaults),
        (KAFKA, kafka_access.MEANINGS, kafka_access.READERS, defaults.kafka_access),
        (REDIS, redis_access.MEANINGS, redis_access.READERS, defaults.redis_access),
        (QUERY, query_access.MEANINGS, query_access.READERS, defaults.query_access),
    )
    return [
        (prefix + name.upper(), f"{meaning}{_also_by_file(readers[name])} ({getattr(values, name) or 'none'})")
        for prefix, meanings, readers, values in groups
        for name, meaning in meanings.items()
    ]


def _also_by_file(reader: object) -> str:
    return "; or ..._FILE: the file that holds it" if isinstance(reader, Hidden) else ""


_READERS: dict[str, Read | Hidden] = {
    "env": one_of("production", "development"),
    "kafka": addresses,
    "redis": Hidden(redis_url),
    "topic_prefix": topic_prefix,
    "partitions": between(1, 10_000),
    "inbound_partitions": between(1, 10_000),
    "replication": between(1, 32),
    "time": one_of("wall", "events"),
    "query": address,
    "http": address,
    "policy": Path,
    "profile_seconds": seconds,
    "log": one_of("auto", "human", "json"),
    "instance": instance,
    "termination_log": Path,
}
