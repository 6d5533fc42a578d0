"""The bill of materials of what ships, as CycloneDX 1.6: `python -m tests.supply_chain.sbom FILE`.

Made from requirements.lock and the metadata of the installed packages, so it needs no network; of one lock it is always the same.
"""

import json
import sys
import tomllib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tests.supply_chain.licences import licence_of
from tests.supply_chain.locked import ROOT, SHIPPED, Locked, canonical, locked

Document = dict[str, Any]


def bill() -> Document:
    """The CycloneDX document."""
    packages, project = locked(SHIPPED), tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    name, version = project["name"], project["version"]
    purls = {canonical(each.name): each.purl for each in packages}
    root = {"type": "application", "bom-ref": name, "name": name, "version": version, "licenses": _licences(project["license"])}
    direct = {"ref": name, "dependsOn": _purls(project["dependencies"], purls)}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name}@{version} {SHIPPED.read_text()}')}",
        "version": 1,
        "metadata": {"component": root},
        "components": [_component(each) for each in packages],
        "dependencies": [direct, *(_needs(each, purls) for each in packages)],
    }


def _component(package: Locked) -> Document:
    licence = licence_of(package)
    component: Document = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": _licences(licence) if licence else [],
        # One hash a file that may be installed: CycloneDX has them at where the package comes from.
        "externalReferences": [
            {
                "type": "distribution",
                "url": package.purl,
                "hashes": [{"alg": "SHA-256", "content": each} for each in package.hashes],
            }
        ],
    }
    if package.marker:
        component["scope"] = "optional"
        component["properties"] = [{"name": "python:marker", "value": package.marker}]
    return component


def _licences(expression: str) -> list[Document]:
    return [{"expression": expression}]


def _needs(package: Locked, purls: dict[str, str]) -> Document:
    found = package.installed()
    return {"ref": package.purl, "dependsOn": _purls((found.requires if found else None) or (), purls)}


def _purls(requirements: Sequence[str], purls: dict[str, str]) -> list[str]:
    needed = [Requirement(each) for each in requirements]
    here = [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    return sorted({purls[canonical(each.name)] for each in here if canonical(each.name) in purls})


def main(arguments: Sequence[str]) -> int:
    """Write the file; the exit code (2: wrong use)."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.supply_chain.sbom FILE\n")
        return 2
    path = Path(arguments[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    document = bill()
    path.write_text(json.dumps(document, indent=2) + "\n")
    sys.stderr.write(f"{path}: {len(document['components'])} packages, CycloneDX 1.6\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
