"""What happens in the log itself."""

import re
import time

from service.activation import activate
from service.domain.policy_file import parse_policy
from tests.chaos.faults.actions import act
from tests.chaos.scene import Scene


@act(r"policy (\d+) activated")
async def policy_activated(scene: Scene, version: str) -> float:
    """New rules, by `tiering policy activate`: odd versions ask for less, even ones for more."""
    began = time.monotonic()
    await activate(scene.settings, parse_policy(changed(scene.policy, int(version))))
    return began


def changed(policy: str, version: int) -> str:
    """A policy of another version, with other thresholds."""
    factor = 2 if version % 2 == 0 else 0.5
    text = re.sub(r"at_least = (\d{4,})", lambda match: f"at_least = {int(int(match[1]) * factor)}", policy)
    return text.replace("version = 1\n", f"version = {version}\n")
