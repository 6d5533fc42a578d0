"""What Kafka does not let us do, in a sentence."""

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

ACL = "`tiering topics acl` prints the rights that everybody needs"
_ABOUT = {
    TopicAuthorizationFailedError: "with a topic",
    GroupAuthorizationFailedError: "with a consumer group",
    TransactionalIdAuthorizationFailed: "with a transactional id",
    ClusterAuthorizationFailedError: "with the cluster",
}


class Forbidden(Exception):
    """Kafka would not let us do what we have to; the message says what, and what to do."""


def forbidden(error: object) -> Forbidden | None:
    """An error of aiokafka's that says so, in words; None for any other."""
    if isinstance(error, Forbidden):
        return error
    for kind, what in _ABOUT.items():
        if isinstance(error, kind):
            return Forbidden(f"Kafka does not let this user do what it has to {what} ({_names(error)}): {ACL}")
    return None


def _names(error: BaseException) -> str:
    told = error.args[0] if error.args else ""
    if isinstance(told, set | frozenset | list | tuple):
        return ", ".join(sorted(map(str, told)))
    return str(told) or type(error).__name__
