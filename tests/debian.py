"""A program that tests need and Debian packages: the installed one, else unpacked from the package; nothing is installed."""

import shutil
import subprocess
import tempfile
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".cache" / "debian"


class NotToBeHad(Exception):
    """A program is not installed and can't be fetched; the message says what to do."""


def program(package: str, name: str, cache: Path = CACHE) -> Path:
    """The program `name` of a Debian package. Raises NotToBeHad."""
    if installed := shutil.which(name):
        return Path(installed)
    unpacked = cache / package
    if not unpacked.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as fetched:
            whole = _unpack(package, Path(fetched))
            if not unpacked.exists():  # another test run may have been faster
                whole.rename(unpacked)
    return unpacked / "usr" / "bin" / name


def _unpack(package: str, fetched: Path) -> Path:
    if not shutil.which("apt-get"):
        raise NotToBeHad(f"this machine has no apt-get: install {package} so that its programs are in the PATH")
    download = ["apt-get", "download", "-qq", package]
    if _run(download, fetched):
        # Lists of our own: those of the machine may be missing, and only root may fetch them.
        (fetched / "lists").mkdir()
        own = ["-o", f"Dir::State::Lists={fetched}/lists"]
        said = _run(["apt-get", "update", "-qq", *own], fetched) or _run([*download, *own], fetched)
        if said:
            raise NotToBeHad(f"the Debian package {package} can't be fetched: {said}; install it, or see what apt-get says")
    [archive] = fetched.glob("*.deb")
    if said := _run(["dpkg", "-x", str(archive), "unpacked"], fetched):
        raise NotToBeHad(f"{archive.name} can't be unpacked: {said}")
    return fetched / "unpacked"


def _run(command: list[str], where: Path) -> str:
    """Run a command; what it said when it failed, nothing when all went well."""
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False, timeout=300)
    return (done.stderr.strip() or f"{command[0]} ended with {done.returncode}") if done.returncode else ""
