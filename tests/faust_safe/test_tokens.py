"""Tokens: asked for once and renewed in time, read from the file anew, and no secret in what is said when there is none."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka.conn import OAuthAuthenticator
from aiokafka.errors import SaslAuthenticationFailed

from service.access.secret import Secret
from service.access.tls import Tls
from service.faust_safe import cluster, tokens  # noqa: F401 - the cluster puts aiokafka right
from service.faust_safe.tokens import ClientCredentials, NoToken, TokenFile
from tests.integration.token_giver import token_giver

CANARY = "canary-5e%&/= ü"


def asking(url: str, secret: str = CANARY) -> ClientCredentials:
    return ClientCredentials(url, "intake", Secret(secret), "kafka", Tls())


async def test_a_token_is_asked_for_once_and_again_before_it_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    with token_giver(CANARY) as giver:
        provider = asking(giver.url)
        first, second = await provider.token(), await provider.token()
        assert (first, giver.asked) == (second, 1)
        later = time.monotonic() + 0.9 * 600
        monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=lambda: later))
        await provider.token()
        assert giver.asked == 2


async def test_who_gets_none_is_told_why_without_the_secret() -> None:
    with token_giver("another") as giver:
        with pytest.raises(NoToken, match="answers 401 to the client intake: are TIERING_KAFKA_CLIENT_ID") as caught:
            await asking(giver.url).token()
        assert CANARY not in f"{caught.value!r}"
    with pytest.raises(NoToken, match="does not answer"):
        await asking(giver.url).token()


async def test_a_file_is_read_for_every_connection(tmp_path: Path) -> None:
    provider = TokenFile(tmp_path / "token")
    with pytest.raises(NoToken, match=r"token, which can't be read: No such file"):
        await provider.token()
    for text in ("first", "second"):
        (tmp_path / "token").write_text(f"{text}\n")
        assert await provider.token() == text
    (tmp_path / "token").write_text("\n")
    with pytest.raises(NoToken, match="which is empty"):
        await provider.token()


async def test_a_token_that_is_refused_lets_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    asked = OAuthAuthenticator(sasl_oauth_token_provider=TokenFile(tmp_path / "token"))
    assert await asked.step(None) == (b"n,,\x01auth=Bearer t\x01\x01", True)
    with pytest.raises(SaslAuthenticationFailed):
        await asked.step(b'{"status":"invalid_token"}')
