"""When a policy file takes over from the policy in force."""

from service.domain.policy import Policy
from service.domain.policy_change import refusal


class NotAllowed(Exception):
    """A file can't take over; the message says why and what to do."""


def takes_over(file: Policy, active: Policy) -> bool:
    """Whether a file's policy is to be activated; False: it is the active one, or older. NotAllowed."""
    if file.name != active.name:
        raise NotAllowed(
            f"the file is {file.label}, and the log follows {active.label}, a policy of another name: name the right file, or"
            " another TIERING_TOPIC_PREFIX"
        )
    if file.version == active.version and file.text != active.text:
        raise NotAllowed(
            f"the file is {file.label} with another content than the active one: give the changed policy a higher version"
        )
    if file.version <= active.version:
        return False
    if why := refusal(active, file):
        raise NotAllowed(f"{file.label} can't follow {active.label}, {why}: run `tiering rebuild --policy FILE`")
    return True
