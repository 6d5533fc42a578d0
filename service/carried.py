"""What goes with a producer's record into the log besides the event: which dead letter it was, which trace it belongs to."""

from schemas.dead_letters import REPLAY_HEADERS, carried_headers
from schemas.trace_context import EVENT_HEADERS, IN_A_VALUE, Headers, traced_event

_MAY_GO_ON = frozenset((*REPLAY_HEADERS, *EVENT_HEADERS))


def carried(value: bytes, headers: Headers) -> Headers:
    """The headers of the log's record of an event."""
    kept = [each for each in headers if each[0] in _MAY_GO_ON]
    if not kept and IN_A_VALUE not in value:
        return ()
    return [*carried_headers(kept), *traced_event(value, kept)]
