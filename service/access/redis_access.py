"""How Redis is got into, as the environment says it: its URL carries no secret once it has been read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from redis.asyncio import Redis

from service.access.environment import Hidden, Read
from service.access.secret import Secret
from service.access.tls import Tls

OPTIONS = ("db", "protocol", "client_name")
"""What may follow the `?` of a URL; anything else would be a secret, or less of a check of certificates."""


_DATABASE = re.compile(r"/?\d*")


@dataclass(frozen=True, slots=True)
class RedisAccess:
    """What Redis' clients need to come in."""

    user: str = ""
    password: Secret | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def client(self, url: str, **settings: Any) -> Redis:
        """A client of the server at a URL; it connects when it is used."""
        settings |= {"username": self.user or None, "password": self.password.reveal() if self.password else None}
        if url.startswith("rediss://"):
            settings |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True, "ssl_ca_certs": _text(self.ca)}
            settings |= {"ssl_certfile": _text(self.certificate), "ssl_keyfile": _text(self.key)}
        return Redis.from_url(url, **settings)

    def faults(self, url: str) -> Iterator[str]:
        """What does not go together, a sentence each."""
        if url.startswith("rediss://"):
            try:
                Tls(self.ca, self.certificate, self.key).context()
            except ValueError as error:
                yield f"{error} (TIERING_REDIS_CA, _CERTIFICATE, _KEY)"
            return
        for name in ("ca", "certificate", "key"):
            if getattr(self, name):
                yield f"TIERING_REDIS_{name.upper()} is set, and is of no use without TLS: let TIERING_REDIS begin with rediss://"


def redis_url(text: str) -> str:
    """A URL that may be one of Redis. ValueError, which does not repeat it: it may hold a password."""
    scheme, _, rest = text.partition(":")
    text = f"{scheme.lower()}:{rest}"  # Redis' client takes any case, and whether TLS is on is told by what it begins with
    try:
        parts = urlsplit(text)
        server = parts.scheme in ("redis", "rediss") and parts.hostname and (parts.port or 1) and _DATABASE.fullmatch(parts.path)
    except ValueError:
        server = None
    # What follows a # or is no option may be the rest of a password: it must not stay in the URL, which is shown.
    whole = server and "#" not in text and "@" not in parts.query and all("=" in each for each in parts.query.split("&") if each)
    if not whole and not text.startswith("unix://"):
        raise ValueError("allowed is redis://host:port/database, rediss://... or unix://...; in a password %XX for : / ? # @")
    for option, _ in parse_qsl(parts.query, keep_blank_values=True):
        if option not in OPTIONS:
            raise ValueError(f"it may not hold ?{option}=: there are variables TIERING_REDIS_... for users, passwords and TLS")
    return text


def without_login(url: str) -> tuple[str, str, Secret | None]:
    """A URL without user and password, and these."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    bare = urlunsplit(parts._replace(netloc=host)) if at else url
    return bare, unquote(user), Secret(unquote(password)) if password else None


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


READERS: dict[str, Read | Hidden] = {"user": str, "password": Hidden(Secret), "ca": Path, "certificate": Path, "key": Path}
MEANINGS = {
    "user": "the user of Redis; none: its default user",
    "password": "his password; it may also stand in TIERING_REDIS",
    "ca": "PEM file of the CAs that a rediss:// server's certificate is signed by; none: the system's",
    "certificate": "PEM file of the client's own certificate, for a Redis that asks for one",
    "key": "PEM file of its key, if that is not in the same file",
}
