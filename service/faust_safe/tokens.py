"""Tokens of OAUTHBEARER: from a file that somebody keeps fresh, or asked for with a client's credentials (RFC 6749, 4.4)."""

import asyncio
import base64
import http.client
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from threading import Lock

import msgspec
from aiokafka.abc import AbstractTokenProvider

from service.access.secret import Secret
from service.access.tls import Tls

ANSWER_SECONDS = 10.0
FRESH = 0.8
"""After this part of its life a token is renewed."""
LIFE_SECONDS = 300
"""Of a token whose giver does not say."""


class NoToken(OSError):
    """There is no token; the message says why and what to do, and gives no secret away."""


class TokenFile(AbstractTokenProvider):
    """Read for every connection, so whatever renews the file (Kubernetes, Vault) need tell nobody."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def token(self) -> str:
        """What the file holds. NoToken."""
        try:
            text = self.path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not a text"
            raise NoToken(f"TIERING_KAFKA_TOKEN_FILE is {self.path}, which can't be read: {why}") from None
        if not text:
            raise NoToken(f"TIERING_KAFKA_TOKEN_FILE is {self.path}, which is empty")
        return text


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: float = LIFE_SECONDS
    """Some givers say it as a text."""


class _Elsewhere(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: the client's secret would go along, and perhaps unencrypted."""

    def redirect_request(self, *_: object) -> None:
        """None: what was answered is an HTTPError."""


class ClientCredentials(AbstractTokenProvider):
    """Asks an authorization server, and asks again before a token has expired. Used by clients of more than one thread."""

    def __init__(self, url: str, client_id: str, secret: Secret, scope: str, tls: Tls) -> None:
        self.url, self.client_id, self.scope = url, client_id, scope
        self._secret, self._tls, self._lock = secret, tls, Lock()
        self._token, self._until = "", 0.0

    async def token(self) -> str:
        """A token that is good for a while. NoToken."""
        return await asyncio.to_thread(self._fresh)

    def _fresh(self) -> str:
        with self._lock:  # who comes meanwhile gets the same
            if time.monotonic() >= self._until:
                answer = self._ask()
                self._token, self._until = answer.access_token, time.monotonic() + FRESH * answer.expires_in
            return self._token

    def _ask(self) -> _Answer:
        form = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        who = ":".join(urllib.parse.quote_plus(each) for each in (self.client_id, self._secret.reveal()))
        request = urllib.request.Request(
            self.url,
            urllib.parse.urlencode(form).encode(),
            {"Authorization": "Basic " + base64.b64encode(who.encode()).decode(), "Accept": "application/json"},
        )
        try:
            with _opener(self._tls.context()).open(request, timeout=ANSWER_SECONDS) as answer:
                return msgspec.convert(msgspec.json.decode(answer.read()), _Answer, strict=False)
        except urllib.error.HTTPError as error:
            if 300 <= error.code < 400:
                raise NoToken(f"{self.url} sends us elsewhere ({error.code}): is TIERING_KAFKA_TOKEN_URL right?") from None
            raise NoToken(
                f"{self.url} answers {error.code} to the client {self.client_id}: are TIERING_KAFKA_CLIENT_ID,"
                " TIERING_KAFKA_CLIENT_SECRET and TIERING_KAFKA_SCOPE right?"
            ) from None
        except (OSError, http.client.HTTPException) as error:  # an HTTPException: what answers does not speak HTTP
            why = error.reason if isinstance(error, urllib.error.URLError) else error
            hint = "is TIERING_KAFKA_TOKEN_URL right, and TIERING_KAFKA_TOKEN_CA?"
            raise NoToken(f"{self.url} does not answer ({why}): {hint}") from None
        except msgspec.MsgspecError:
            raise NoToken(f"{self.url} answers without an access_token: is TIERING_KAFKA_TOKEN_URL right?") from None


def _opener(context: ssl.SSLContext) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Elsewhere)
