"""What a Kafka broker can be asked that aiokafka can't: what we may do, its version, its clock, transactions, who has a name.

Layouts: the message definitions of Apache Kafka 4.1 (clients/src/main/resources/common/message). None of them changes anything.
"""

from aiokafka.protocol.commit import OffsetFetchRequest

from service.faust_safe.requests.groups import DescribeGroupsRequest, assigned
from service.faust_safe.requests.heartbeat import NamedHeartbeatRequest
from service.faust_safe.requests.metadata import NOT_TOLD, OPERATIONS, MetadataRequest
from service.faust_safe.requests.quorum import DescribeQuorumRequest, leaders_clock
from service.faust_safe.requests.topic_settings import topic_settings
from service.faust_safe.requests.transactions import DescribeTransactionsRequest
from service.faust_safe.requests.versions import ApiVersionsRequest, features

__all__ = [
    "NOT_TOLD",
    "OPERATIONS",
    "ApiVersionsRequest",
    "DescribeGroupsRequest",
    "DescribeQuorumRequest",
    "DescribeTransactionsRequest",
    "MetadataRequest",
    "NamedHeartbeatRequest",
    "OffsetFetchRequest",
    "assigned",
    "features",
    "leaders_clock",
    "topic_settings",
]
