"""What a refusal tells to do is done, and the judge is asked again."""

import asyncio
import os
import subprocess
import sys

from tests.chaos.judge import judge, until_rest
from tests.chaos.scene import Scene
from tests.chaos.verdict import Verdict

SECONDS = 120.0


async def compare_rebuilt(scene: Scene, verdict: Verdict) -> None:
    """`tiering rebuild`, then the fleet again: rows as they were, and nothing announced that was not before."""
    told = await asyncio.to_thread(_rebuild, scene)
    if told.returncode:
        verdict.find("not rebuilt", f"exit code {told.returncode}: {told.stderr[-300:]}")
        return
    again = Verdict()
    scene.fleet.start()
    await scene.fleet.running(SECONDS)
    await until_rest(scene.settings, again)
    await scene.fleet.stop()
    await judge(scene.settings, scene.policy, again)
    for kind, number in again.wrong.items():
        verdict.wrong[f"after the rebuild: {kind}"] = number
    verdict.examples += again.examples
    verdict.count("rebuilds")


def _rebuild(scene: Scene) -> "subprocess.CompletedProcess[str]":
    settings = scene.settings
    environment = {
        **os.environ,
        "TIERING_KAFKA": settings.kafka,
        "TIERING_REDIS": settings.redis,
        "TIERING_TOPIC_PREFIX": settings.topic_prefix,
        "TIERING_TIME": settings.time,
    }
    command = [sys.executable, "-m", "service.commands.main", "rebuild", "--json"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
