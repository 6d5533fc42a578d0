"""How Kafka is got into: TLS, and who we are, as the environment says it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from service.access.environment import Hidden, Read
from service.access.secret import Secret
from service.access.setting_values import one_of, web_address
from service.access.tls import Tls
from service.faust_safe.tokens import ClientCredentials, TokenFile

SECURITIES = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER")


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """What Kafka's clients need to come in; READERS below says what each field may be."""

    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: Secret | None = None
    sasl: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"] = "SCRAM-SHA-512"
    user: str = ""
    password: Secret | None = None
    token_file: Path | None = None
    token_url: str = ""
    token_ca: Path | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    scope: str = ""

    @property
    def encrypted(self) -> bool:
        """Whether the connection is TLS."""
        return self.security.endswith("SSL")

    @property
    def authenticated(self) -> bool:
        """Whether the client says by SASL who it is."""
        return self.security.startswith("SASL")

    @property
    def by_token(self) -> bool:
        """Whether it says so with a token."""
        return self.authenticated and self.sasl == "OAUTHBEARER"

    def arguments(self) -> Mapping[str, Any]:
        """As aiokafka's clients take them. ValueError names a file that can't be used."""
        return _arguments(self)

    def faults(self) -> Iterator[str]:
        """What does not go together, a sentence each."""
        # Who sets a password and forgets the rest must not find himself without protection.
        yield from self._idle(("ca", "certificate", "key", "key_password"), self.encrypted, "SSL or SASL_SSL")
        login, token = ("user", "password"), ("token_file", "token_url", "token_ca", "client_id", "client_secret", "scope")
        yield from self._idle((*login, *token), self.authenticated, "SASL_SSL")
        if self.key and not self.certificate:
            yield "TIERING_KAFKA_KEY is set, and TIERING_KAFKA_CERTIFICATE is not: set both"
        if self.authenticated and not self.by_token:
            for name in login:
                if not getattr(self, name):
                    yield f"TIERING_KAFKA_{name.upper()} is not set, and {self.sasl} (TIERING_KAFKA_SASL) needs it"
        if self.by_token and bool(self.token_file) == bool(self.token_url and self.client_id and self.client_secret):
            yield (
                "TIERING_KAFKA_SASL is OAUTHBEARER: set either TIERING_KAFKA_TOKEN_FILE, or TIERING_KAFKA_TOKEN_URL with"
                " TIERING_KAFKA_CLIENT_ID and TIERING_KAFKA_CLIENT_SECRET"
            )
        try:
            self.tls.context()
            Tls(self.token_ca).context()
        except ValueError as error:
            yield f"{error} (TIERING_KAFKA_CA, _CERTIFICATE, _KEY, _TOKEN_CA)"

    @property
    def tls(self) -> Tls:
        """Whom the client trusts and who it is by certificate."""
        return Tls(self.ca, self.certificate, self.key, self.key_password)

    def _idle(self, names: tuple[str, ...], used: bool, useful: str) -> Iterator[str]:
        for name in names:
            if getattr(self, name) and not used:
                why = f"is set, and is of no use with TIERING_KAFKA_SECURITY {self.security}"
                yield f"TIERING_KAFKA_{name.upper()} {why}: set that to {useful}"


@cache
def _arguments(access: KafkaAccess) -> Mapping[str, Any]:
    # Once in a process: its clients share the token.
    arguments: dict[str, Any] = {"security_protocol": access.security}
    if access.encrypted:
        arguments["ssl_context"] = access.tls.context()
    if access.authenticated:
        arguments["sasl_mechanism"] = access.sasl
    if access.by_token:
        arguments["sasl_oauth_token_provider"] = _tokens(access)
    elif access.authenticated:
        arguments["sasl_plain_username"] = access.user
        arguments["sasl_plain_password"] = _revealed(access.password)
    return arguments


def _tokens(access: KafkaAccess) -> TokenFile | ClientCredentials:
    if access.token_file:
        return TokenFile(access.token_file)
    secret = access.client_secret or Secret("")
    return ClientCredentials(access.token_url, access.client_id, secret, access.scope, Tls(access.token_ca))


def _revealed(secret: Secret | None) -> str:
    return secret.reveal() if secret else ""


def _security(text: str) -> str:
    return one_of(*SECURITIES)(text.upper())


def _mechanism(text: str) -> str:
    return one_of(*MECHANISMS)(text.upper())


READERS: dict[str, Read | Hidden] = {
    "security": _security,
    "ca": Path,
    "certificate": Path,
    "key": Path,
    "key_password": Hidden(Secret),
    "sasl": _mechanism,
    "user": str,
    "password": Hidden(Secret),
    "token_file": Path,
    "token_url": web_address,
    "token_ca": Path,
    "client_id": str,
    "client_secret": Hidden(Secret),
    "scope": str,
}
MEANINGS = {
    "security": f"{', '.join(SECURITIES)}, as Kafka names them; SSL is TLS",
    "ca": "PEM file of the CAs that Kafka's certificates are signed by; none: the system's",
    "certificate": "PEM file of the client's own certificate, for a Kafka that asks for one",
    "key": "PEM file of its key, if that is not in the same file",
    "key_password": "what the key is encrypted with",
    "sasl": ", ".join(MECHANISMS),
    "user": "the user of SCRAM or PLAIN",
    "password": "his password",
    "token_file": "OAUTHBEARER: the file that holds the token, read again for every connection",
    "token_url": "OAUTHBEARER: or the address that gives tokens for a client's credentials",
    "token_ca": "PEM file of the CAs of that address; none: the system's",
    "client_id": "OAUTHBEARER: the client that asks there",
    "client_secret": "its secret",
    "scope": "the scope that it asks for",
}
