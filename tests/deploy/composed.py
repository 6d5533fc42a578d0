"""deploy/compose.yaml as Docker reads it: resolved by the real docker-compose, which checks it against its schema."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "compose.yaml"
DEMO = ROOT / "deploy" / "compose" / "demo.env"
IMAGE = "customer-tiering:"


def composed(environment: Path | None = None) -> dict[str, Any]:
    """The project, with every profile, and the variables of an environment file."""
    program, chosen = Path(sys.executable).parent / "docker-compose", ["--env-file", str(environment)] if environment else []
    command = [str(program), "--file", str(FILE), *chosen, *("--profile", "*", "config", "--format", "json")]
    resolved = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    assert resolved.returncode == 0, resolved.stderr
    project: dict[str, Any] = json.loads(resolved.stdout)
    return project


def services(environment: Path | None = None) -> dict[str, dict[str, Any]]:
    """The services by name."""
    found: dict[str, dict[str, Any]] = composed(environment)["services"]
    return found


def query_tokens() -> Path:
    """The file of the query's tokens."""
    return Path(composed()["secrets"]["query-tokens"]["file"])


def ours(environment: Path | None = None) -> dict[str, dict[str, Any]]:
    """Those that run our image."""
    return {name: each for name, each in services(environment).items() if each["image"].startswith(IMAGE)}


def policies(service: dict[str, Any]) -> list[Path]:
    """The policy files of the image that a service names, as they lie in the repository."""
    words = [*(service.get("command") or ()), *(service.get("environment") or {}).values()]
    return [ROOT / "service" / word.removeprefix("/app/") for word in words if word.startswith("/app/policies/")]
