"""The runbook's kubectl and docker commands: the real tools read each (as a question for help, so no cluster is asked), and what
they name is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service.app import ROLES
from tests.deploy.composed import ROOT, services
from tests.deploy.kubernetes import Object, built, of_kind, pods

TEXT = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^ *```sh[^\n]*\n(.*?)^ *```$", TEXT, re.DOTALL | re.MULTILINE)
WORDS = [block for block in BLOCKS if "() {" in block]
"""Where words are made known to a shell: for Docker and for Kubernetes."""
SAID = {"tiering": ["doctor"], "give": ["f"], "ask": ["up"]}
"""What is said with a word; with any other, a role."""
VALUED = {"-f", "-k", "-l", "-n", "--since", "--volume", "--workdir"}
"""Options whose value is a word of its own."""
OBJECTS = built("kubernetes/overlays/production")
Call = tuple[str, ...]


def commands() -> list[str]:
    """Lines of blocks, and whole commands in the text; not the words' own."""
    lines = [line.strip() for block in BLOCKS if block not in WORDS for line in block.replace("\\\n", " ").splitlines()]
    top = [line for block in WORDS for line in block.splitlines() if "() {" not in line]
    spans = [span for span in re.findall(r"`([^`\n]+)`", TEXT) if not span.endswith(("apply -k", "kafka redis"))]
    return sorted({each for each in (*lines, *top, *spans) if each.startswith(("kubectl ", "docker "))})


def calls(directory: Path, script: str) -> list[Call]:
    """What kubectl and docker are asked when a shell runs a script."""
    for name in ("kubectl", "docker"):
        tool = directory / name
        tool.write_text('#!/bin/sh\nprintf \'%s\\t\' "${0##*/}" "$@" >>calls\necho >>calls\n')
        tool.chmod(0o755)
    (directory / "f").touch()
    (directory / "calls").touch()
    environment = {"PATH": f"{directory}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [tuple(line.split("\t")[:-1]) for line in (directory / "calls").read_text().splitlines()]


def check(call: Call) -> None:
    """Have the real tool read it, and look whether there is what it names."""
    tool, *words = call
    options, names = parted(words)
    if tool == "docker":
        at = words.index("-f") + 2 if "-f" in words else 1
        usage = helped("docker-compose", *words[1:at], words[at], "--help", *words[at + 1 :])
        assert f"docker compose {words[at]} " in usage
        assert set(names[2:3] if words[at] in ("run", "exec") else names[2:]) <= set(services())
    else:
        end = words.index("--") if "--" in words else len(words)
        usage = helped("kubectl", *words[:end], "--help", *words[end:])
        assert "SUBCOMMAND" not in usage
        check_names(options, names)


def parted(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options that have a value, and the words that are no options, up to `--`."""
    options: dict[str, str] = {}
    names: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            break
        if word in VALUED:
            options[word] = next(left)
        elif not word.startswith("-"):
            names.append(word)
    return options, names


def helped(program: str, *words: str) -> str:
    """What a tool says to a command that asks for help: nothing is done, but an option that it does not know is an error."""
    done = subprocess.run([Path(sys.executable).parent / program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{program} {' '.join(words)}: {done.stderr or done.stdout}"
    return done.stdout


def check_names(options: dict[str, str], names: list[str]) -> None:
    """Of Kubernetes: namespace, labels, folder, objects."""
    assert options.get("-n", "tiering") in ("tiering", "kafka")
    if "-k" in options:
        assert built(options["-k"].removeprefix("deploy/"))
    if "=" in options.get("-l", ""):
        name, _, value = options["-l"].partition("=")
        assert any(pod["metadata"]["labels"].get(name) == value for pod in pods(OBJECTS).values())
    kinds = {"deployment": "Deployment", "statefulset": "StatefulSet", "job": "Job", "scaledobject": "ScaledObject"}
    named = [tuple(each.split("/")) for each in names if "/" in each and each.split("/")[0] in kinds]
    whole = [name for name in names if name not in ("generic", "tls")]  # of secrets
    named += [pair for pair in zip(whole, whole[1:], strict=False) if pair[0] in (*kinds, "secret")]
    for kind, name in named:
        assert name in (secrets(OBJECTS) if kind == "secret" else of_kind(OBJECTS, kinds[kind]))


def secrets(objects: tuple[Object, ...]) -> set[str]:
    """Those that pods want."""
    volumes = [volume for pod in pods(objects).values() for volume in pod["spec"]["volumes"]]
    return {volume["secret"]["secretName"] for volume in volumes if "secret" in volume}


@pytest.mark.parametrize("command", commands())
def test_a_command_can_be_given(command: str, tmp_path: Path) -> None:
    asked = calls(tmp_path, command)
    assert asked
    for call in asked:
        check(call)


@pytest.mark.parametrize("place", ["docker", "kubectl"])
def test_the_words_of_a_place_can_be_said(place: str, tmp_path: Path) -> None:
    made_known = "\n".join(re.findall(rf"^\w+\(\) +{{ {place} .*$", "".join(WORDS), re.MULTILINE))
    words = re.findall(r"^(\w+)\(", made_known, re.MULTILINE)
    said = [f"{word} {with_it}" for word in words for with_it in SAID.get(word, ROLES)]

    asked = calls(tmp_path, "\n".join([made_known, *said]))

    assert {"tiering", "stop", "start", "said", "again"} <= set(words)
    assert [call[0] for call in asked] == [place] * len(said)
    for call in asked:
        check(call)


@pytest.mark.parametrize(
    "wrong",
    [
        "kubectl -n tiering scale deployment/tiering-nobody --replicas=1",
        "kubectl -n tiering scale deployment/tiering-intake --replica=1",
        "kubectl -n tiering rollout restarted deployment/tiering-intake",
        "kubectl -n elsewhere get pods",
        "kubectl -n tiering logs -l app.kubernetes.io/name=intake",
        "kubectl apply -k deploy/kubernetes/overlays/nowhere",
        "docker compose stop nobody",
        "docker compose up --detached customers",
    ],
)
def test_a_wrong_one_is_found(wrong: str, tmp_path: Path) -> None:
    [call] = calls(tmp_path, wrong)
    with pytest.raises(AssertionError):
        check(call)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_shell_can_read_every_block(block: str) -> None:
    done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
