"""aiokafka 0.14.0 put right. Importing this module is enough; it must be imported before a client starts."""

from typing import Any

import aiokafka.producer.sender
from aiokafka import errors
from aiokafka.conn import OAuthAuthenticator
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.commit import OffsetFetchRequest

# OffsetFetch reports "coordinator loading" and "not coordinator" once for the whole group, in an error_code that aiokafka
# never looks at: every committed offset then reads as None and the consumer starts from auto_offset_reset. It happens after
# a broker restart. Raised here, fetch_committed_offsets() retries what can be retried.
_send_req = GroupCoordinator._send_req


async def _checked(self: Any, request: Any) -> Any:
    response = await _send_req(self, request)
    code: int = getattr(response, "error_code", None) or 0
    if code and isinstance(request, OffsetFetchRequest):
        error = errors.for_code(code)
        if error is errors.NotCoordinatorForGroupError:
            self.coordinator_dead()
        raise error()
    return response


GroupCoordinator._send_req = _checked

# A broker that refuses a token says so in the answer to it (RFC 7628, 3.2.2), which aiokafka does not read: it takes itself for
# let in, and what it asks next is answered as if the cluster had no brokers.
_step = OAuthAuthenticator.step


async def _heeding(self: Any, answer: bytes | None) -> Any:
    if answer:
        raise errors.SaslAuthenticationFailed(f"the token is refused: {answer.decode(errors='replace')}")
    return await _step(self, answer)


OAuthAuthenticator.step = _heeding

# After a commit the next transaction is refused until the markers are written; aiokafka then waits 20 ms.
aiokafka.producer.sender.BACKOFF_OVERRIDE = 0.003
