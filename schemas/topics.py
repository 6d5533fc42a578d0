"""The topics: what each is for, who writes and reads it, and how it is kept. Nobody else writes a topic name."""

from typing import Literal, NamedTuple

ORDERS = "orders"
APP_INTERACTIONS = "app-interactions"
FEEDBACK = "feedback"
INBOUND = (ORDERS, APP_INTERACTIONS, FEEDBACK)
CUSTOMER_ACTIVITY = "customer-activity"
CHANGELOG = "customers-changelog"
TIER_CHANGES = "tier-changes"
SEGMENT_CHANGES = "segment-changes"
LIFECYCLE_CHANGES = "lifecycle-changes"
CHURN_RISK = "churn-risk"
CUSTOMER_PROFILES = "customer-profiles"
DEAD_LETTER_REPLAYS = "dead-letter-replays"

DAY = 86_400_000
FOREVER = -1
WEEK = 7 * DAY
MONTH = 30 * DAY
MOST_DEAD_BYTES = 8 * 1024 * 1024
"""A dead letter is its record, larger than Kafka's usual megabyte when a producer had compressed it, and its headers."""

ANY_TIME = (1 << 63) - 1
"""Milliseconds that a dead letter may be ahead of Kafka's clock: it has its record's timestamp, whatever its producer's clock
said, and Kafka's hour would make of a bad record one that can't be got rid of.
"""


def dead_letter_topic(topic: str) -> str:
    """Where the refused records of a topic go."""
    return f"{topic}.dlt"


class Topic(NamedTuple):
    """One topic. Records of all but the inbound topics and their dead letters lie in the log's partition of the customer."""

    name: str
    purpose: str
    types: tuple[str, ...]
    written_by: str
    read_by: str
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int = MONTH
    like_log: bool = True
    """As many partitions as `customer-activity`."""
    config: tuple[tuple[str, str], ...] = ()

    def configuration(self) -> dict[str, str]:
        """The topic's settings as Kafka names them."""
        settings = {"cleanup.policy": self.cleanup, **dict(self.config)}
        if self.cleanup == "delete":
            settings["retention.ms"] = str(self.retention_ms)
        return settings


_INBOUND_TYPES = {
    ORDERS: ("order.paid.v1", "order.refunded.v1"),
    APP_INTERACTIONS: ("app.interaction.v1",),
    FEEDBACK: ("feedback.given.v1",),
}
_BROKERS_TIME = (("message.timestamp.type", "LogAppendTime"),)
"""The broker's clock counts, not the writer's: Kafka would refuse what a worker writes whose clock is an hour ahead."""
_PURPOSES = {
    ORDERS: "What customers bought and gave back.",
    APP_INTERACTIONS: "What customers did in the app.",
    FEEDBACK: "What customers said.",
}

TOPICS = (
    *(
        Topic(name, _PURPOSES[name], _INBOUND_TYPES[name], "tills and apps", "intake", retention_ms=WEEK, like_log=False)
        for name in INBOUND
    ),
    Topic(
        CUSTOMER_ACTIVITY,
        "The one log that the state is a function of.",
        (
            *(each for types in _INBOUND_TYPES.values() for each in types),
            "clock.ticked.v1",
            "policy.activated.v1",
            "customer.released.v1",
            "customer.erased.v1",
        ),
        "intake, clock",
        "customers",
        retention_ms=FOREVER,
        config=_BROKERS_TIME,
    ),
    Topic(CHANGELOG, "The customers' rows.", (), "customers", "customers", cleanup="compact", config=_BROKERS_TIME),
    Topic(
        TIER_CHANGES,
        "Every change of a tier.",
        ("tier.changed.v1", "tier.expiring.v1"),
        "customers",
        "marketing and CRM",
        config=_BROKERS_TIME,
    ),
    Topic(
        SEGMENT_CHANGES,
        "Every change of an RFM segment.",
        ("segment.changed.v1",),
        "customers",
        "marketing and CRM",
        config=_BROKERS_TIME,
    ),
    Topic(
        LIFECYCLE_CHANGES,
        "Every change of a lifecycle stage.",
        ("lifecycle.changed.v1",),
        "customers",
        "marketing and CRM",
        config=_BROKERS_TIME,
    ),
    Topic(
        CHURN_RISK,
        "Every change of a churn risk level.",
        ("churn.risk-changed.v1",),
        "customers",
        "marketing and CRM",
        config=_BROKERS_TIME,
    ),
    Topic(
        CUSTOMER_PROFILES,
        "The whole standing of every customer; a null value: erased.",
        ("customer.profile.v1",),
        "customers",
        "read model, CRM",
        cleanup="compact",
        config=_BROKERS_TIME,
    ),
    *(
        Topic(
            dead_letter_topic(name),
            f"Records of {name} that were refused, as they came, with the reason in their headers.",
            (),
            "customers" if name == CUSTOMER_ACTIVITY else "intake",
            "operators",
            like_log=name == CUSTOMER_ACTIVITY,
            config=(("max.message.bytes", str(MOST_DEAD_BYTES)), ("message.timestamp.after.max.ms", str(ANY_TIME))),
        )
        for name in (*INBOUND, CUSTOMER_ACTIVITY)
    ),
    Topic(
        DEAD_LETTER_REPLAYS,
        "Which dead letters were sent back, when and to where.",
        (),
        "tiering dead-letters",
        "tiering dead-letters",
        like_log=False,
    ),
)
