"""deploy/kubernetes as a cluster gets it: built by the real kustomize (in kubectl), each object against its schema.

Kubernetes' own kinds: the schemas of kubernetes-validate. Kinds of operators: schemas/, cut from their CRDs.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

ROOT = Path(__file__).parents[2]
HERE = ROOT / "deploy" / "kubernetes"
SCHEMAS = Path(__file__).parent / "schemas"
VERSION = "1.37"
OURS = {path.stem for path in SCHEMAS.glob("*.json")}
WORKLOADS = ("Deployment", "StatefulSet", "Job")

Object = dict[str, Any]


@cache
def built(folder: str) -> tuple[Object, ...]:
    """The objects of a folder of deploy/, its patches and generators applied."""
    command = [str(Path(sys.executable).parent / "kubectl"), "kustomize", str(ROOT / "deploy" / folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, ""), made.stderr
    return tuple(yaml.safe_load_all(made.stdout))


def of_kind(objects: tuple[Object, ...], *kinds: str) -> dict[str, Object]:
    """The objects of these kinds by name."""
    return {each["metadata"]["name"]: each for each in objects if each["kind"] in kinds}


def pods(objects: tuple[Object, ...]) -> dict[str, Object]:
    """The pod templates by the name of their workload."""
    return {name: each["spec"]["template"] for name, each in of_kind(objects, *WORKLOADS).items()}


def settings(objects: tuple[Object, ...], pod: Object) -> dict[str, str]:
    """The variables of a pod's container; what comes from the pod itself is given as its path."""
    [container] = pod["spec"]["containers"]
    maps = of_kind(objects, "ConfigMap")
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        found |= maps[source["configMapRef"]["name"]]["data"]
    for each in container.get("env", ()):
        found[each["name"]] = each["value"] if "value" in each else each["valueFrom"]["fieldRef"]["fieldPath"]
    return found


def check(thing: Object) -> None:
    """Raise ValidationError, of jsonschema or of kubernetes_validate, when an object is not as its kind has to be."""
    if thing["kind"] in OURS:
        known = json.loads((SCHEMAS / f"{thing['kind']}.json").read_text())
        if thing["apiVersion"] != f"{known['group']}/{known['version']}":
            raise jsonschema.ValidationError(f"{thing['apiVersion']} of {thing['kind']}")
        jsonschema.validate(thing, closed(known["schema"]))
    else:
        kubernetes_validate.validate(thing, VERSION, strict=True)


def closed(schema: Any) -> Any:
    """The schema of a CRD, as a cluster takes it that is asked to be strict: a field it does not know is an error."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(part) for name, part in schema.items() if not name.startswith("x-kubernetes")}
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    elif isinstance(made.get("pattern"), str):
        made["pattern"] = made["pattern"].replace("^(?i)", "(?i)^")  # Go takes the flag anywhere
    elif "properties" in schema and schema.get("type") == "object" and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made
