"""What holds for the repository as a whole: private names, machine paths, commands that the texts name."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRIVATE = ROOT / "service" / "faust_safe"
FAMILY = ("faust", "mode", "aiokafka")
PUBLIC = {"faust", "aiokafka", "aiokafka.admin", "aiokafka.errors"}
NAMED_TUPLE = {"_make", "_replace", "_asdict", "_fields"}  # public, whatever they look like
MACHINE_PATH = re.compile("|".join(f"(?<![\\w.:/-])/{place}/" for place in ("work", "root", "home", "Users")))


def breaches(source: str) -> Iterator[str]:
    """Imports of Faust's inner modules, and private attributes of anything but self and cls."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names, level=0):
                modules = [module, *(f"{module}.{alias.name}" for alias in names if alias.name.startswith("_"))]
            case ast.Attribute(value=ast.Name(id="self" | "cls" | "os")):
                continue
            case ast.Attribute(attr=name) if re.match("_(?!_)", name) and name not in NAMED_TUPLE:
                yield f"line {node.lineno}: .{name}"
                continue
            case _:
                continue
        for module in modules:
            if module.split(".")[0] in FAMILY and module not in PUBLIC:
                yield f"line {node.lineno}: {module}"


def outside_faust_safe() -> list[Path]:
    modules = [path for room in ("agents", "service", "schemas") for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in modules if PRIVATE not in path.parents]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", outside_faust_safe(), ids=lambda path: str(path.relative_to(ROOT)))
def test_private_names_of_faust_stay_in_faust_safe(path: Path) -> None:
    assert list(breaches(path.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        "import faust.tables",
        "from aiokafka.consumer.fetcher import Fetcher",
        "from aiokafka import _x",
        "app._crash(e)",
        "import mode",
    ],
)
def test_the_check_of_private_names_finds(source: str) -> None:
    assert list(breaches(source))


def test_every_client_of_kafka_is_made_in_one_place() -> None:
    clients = re.compile(r"AIOKafka(Consumer|Producer|AdminClient|Client)\(")
    assert [path.name for path in [*outside_faust_safe(), *PRIVATE.glob("*.py")] if clients.search(path.read_text())] == [
        "cluster.py"
    ]


def test_no_path_of_a_machine_in_tracked_files() -> None:
    texts = {path: path.read_bytes().decode(errors="ignore") for path in tracked() if path.suffix not in {".gz", ".zst"}}
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if MACHINE_PATH.search(text)] == []


@pytest.mark.parametrize("text", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_the_commands_that_the_texts_name_are_there(text: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", (ROOT / text).read_text())) <= targets


def test_what_can_be_measured_can_be_started() -> None:
    benches = re.search(r"^BENCHES := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert benches
    modules = [ROOT / "tests" / "performance" / f"{name}.py" for name in benches[1].split()]
    assert [path.name for path in modules if not path.is_file() or 'if __name__ == "__main__":' not in path.read_text()] == []


def test_locks_name_no_registry_and_hash_everything() -> None:
    locks = {path: path.read_text() for path in tracked() if path.suffix == ".lock"}
    assert ROOT / "requirements.lock" in locks
    pins = {path: re.split(r"\n(?=[a-z0-9])", lock.strip(), flags=re.IGNORECASE) for path, lock in locks.items()}
    assert [path for path, lock in locks.items() if "://" in lock] == []
    assert [(path, pin.split()[0]) for path, pinned in pins.items() for pin in pinned if "--hash=sha256:" not in pin] == []
