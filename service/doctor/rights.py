"""The rights: what this user may do, against what the roles need."""

from service.doctor.finding import Finding, Skipped
from service.doctor.scene import Scene

CHECK = "rights"


async def look(scene: Scene) -> list[Finding]:
    raise Skipped("not yet")
