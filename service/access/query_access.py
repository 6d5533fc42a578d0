"""Who may look customers up, and how the query is reached, as the environment says it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path

from service.access.environment import Hidden, Read
from service.access.secret import Secret
from service.access.server_certificate import ServerCertificate

SHORTEST_TOKEN = 16
_LOOPBACK = re.compile(r"(127(\.\d{1,3}){3}|localhost|\[::1\]):\d+")


@dataclass(frozen=True, slots=True)
class QueryAccess:
    """What the query asks of those who look customers up."""

    tokens: tuple[Secret, ...] = ()
    """Each lets in; none: everybody may."""
    certificate: Path | None = None
    key: Path | None = None

    def lets_in(self, authorization: str) -> bool:
        """Whether who says this in the header of that name may look customers up."""
        scheme, _, given = authorization.partition(" ")
        allowed = [compare_digest(_digest(given.strip()), _digest(each.reveal())) for each in self.tokens]
        return not self.tokens or (scheme.lower() == "bearer" and any(allowed))

    def server_certificate(self) -> ServerCertificate | None:
        """What to show to those who come by TLS; None: there is no TLS. ValueError names the file that can't be used."""
        return None if self.certificate is None else ServerCertificate(self.certificate, self.key)

    def faults(self, address: str, *, production: bool) -> Iterator[str]:
        """What does not go together, or may not be in production, a sentence each."""
        if self.key and not self.certificate:
            yield "TIERING_QUERY_KEY is set, and is of no use without its certificate: set TIERING_QUERY_CERTIFICATE"
        try:
            self.server_certificate()
        except ValueError as error:
            yield f"{error} (TIERING_QUERY_CERTIFICATE, _KEY)"
        if production and not self.tokens:
            yield "TIERING_ENV is production, and anybody could look customers up: set TIERING_QUERY_TOKENS_FILE"
        if production and self.certificate is None and not _LOOPBACK.fullmatch(address):
            yield (
                f"TIERING_ENV is production, and what {address} (TIERING_QUERY) answers is not encrypted: set"
                " TIERING_QUERY_CERTIFICATE, or listen on 127.0.0.1, behind a proxy that encrypts"
            )


def tokens(text: str) -> tuple[Secret, ...]:
    """Tokens, a line each. ValueError, which does not repeat them."""
    found = text.split()
    if not all(each.isascii() and each.isprintable() and len(each) >= SHORTEST_TOKEN for each in found):
        raise ValueError(f"allowed are tokens of {SHORTEST_TOKEN} ASCII characters or more, a line each")
    return tuple(Secret(each) for each in found)


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogateescape")).digest()


READERS: dict[str, Read | Hidden] = {"tokens": Hidden(tokens), "certificate": Path, "key": Path}
MEANINGS = {
    "tokens": "who looks customers up has to send one of these as a bearer token; a line each; none: everybody may",
    "certificate": "PEM file of the query's certificate, for TLS; read anew when it has changed",
    "key": "PEM file of its key, if that is not in the same file",
}
