"""What the environment says of TLS, users and passwords: what goes together, what production refuses, no secret told."""

import re
import ssl
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from service.access.secret import Secret
from service.settings import Settings, SettingsError

CANARY = "canary-7c1f"
SASL = {"TIERING_KAFKA_SECURITY": "SASL_PLAINTEXT", "TIERING_KAFKA_USER": "intake", "TIERING_KAFKA_PASSWORD": CANARY}
TOKENS = {
    "TIERING_KAFKA_SECURITY": "SASL_PLAINTEXT",
    "TIERING_KAFKA_SASL": "OAUTHBEARER",
    "TIERING_KAFKA_TOKEN_URL": "https://login.example/token",
    "TIERING_KAFKA_CLIENT_ID": "intake",
    "TIERING_KAFKA_CLIENT_SECRET": CANARY,
}


def refused(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environ)
    return str(caught.value)


def test_a_user_and_a_password_reach_every_client() -> None:
    cluster = Settings.from_environment(SASL).cluster
    assert cluster.security == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "intake",
        "sasl_plain_password": CANARY,
    }


def test_tls_always_checks_certificates_and_names() -> None:
    context = Settings.from_environment({"TIERING_KAFKA_SECURITY": "ssl"}).cluster.security["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_token_is_asked_for_once_in_a_process() -> None:
    first, second = (Settings.from_environment(TOKENS).cluster.security for _ in range(2))
    assert first["sasl_oauth_token_provider"] is second["sasl_oauth_token_provider"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("name", ["KAFKA_PASSWORD", "KAFKA_KEY_PASSWORD", "KAFKA_CLIENT_SECRET", "REDIS_PASSWORD", "REDIS"])
def test_a_secret_may_come_by_file(tmp_path: Path, name: str, end: str) -> None:
    text = f"redis://:{CANARY}@cache:6379/0" if name == "REDIS" else CANARY
    (tmp_path / "secret").write_text(text + end)
    base = {**SASL, "TIERING_KAFKA_SECURITY": "SASL_SSL", f"TIERING_{name}_FILE": str(tmp_path / "secret")}
    base.pop(f"TIERING_{name}", None)
    settings = Settings.from_environment(base)
    held = {
        "KAFKA_PASSWORD": settings.kafka_access.password,
        "KAFKA_KEY_PASSWORD": settings.kafka_access.key_password,
        "KAFKA_CLIENT_SECRET": settings.kafka_access.client_secret,
    }
    assert held.get(name, settings.redis_access.password) == Secret(CANARY)


def test_what_is_wrong_with_a_file_of_a_secret_is_said_without_the_secret(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for path, why in (("empty", "which is empty"), ("none", "which can't be read: No such file or directory")):
        message = refused({**TOKENS, "TIERING_REDIS_PASSWORD_FILE": str(tmp_path / path)})
        assert message == f"TIERING_REDIS_PASSWORD: TIERING_REDIS_PASSWORD_FILE is {tmp_path / path}, {why}"
    both = refused({**SASL, "TIERING_KAFKA_PASSWORD_FILE": str(tmp_path / "empty")})
    assert both == "TIERING_KAFKA_PASSWORD: set either this or TIERING_KAFKA_PASSWORD_FILE, not both"


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"TIERING_KAFKA_PASSWORD": CANARY}, "of no use with TIERING_KAFKA_SECURITY PLAINTEXT: set that to SASL_SSL"),
        ({"TIERING_KAFKA_CA": "ca.pem"}, "TIERING_KAFKA_CA is set, and is of no use with TIERING_KAFKA_SECURITY PLAINTEXT"),
        ({**SASL, "TIERING_KAFKA_USER": ""}, "TIERING_KAFKA_USER is not set, and SCRAM-SHA-512 (TIERING_KAFKA_SASL) needs it"),
        ({**TOKENS, "TIERING_KAFKA_TOKEN_FILE": "token"}, "set either TIERING_KAFKA_TOKEN_FILE, or TIERING_KAFKA_TOKEN_URL with"),
        ({**TOKENS, "TIERING_KAFKA_CLIENT_ID": ""}, "set either TIERING_KAFKA_TOKEN_FILE, or TIERING_KAFKA_TOKEN_URL with"),
        ({"TIERING_KAFKA_SECURITY": "SSL", "TIERING_KAFKA_KEY": "k"}, "TIERING_KAFKA_CERTIFICATE is not: set both"),
        ({"TIERING_KAFKA_SECURITY": "SSL", "TIERING_KAFKA_CA": "no.pem"}, "no.pem can't be read as certificates in PEM: No such"),
        ({"TIERING_KAFKA_SECURITY": "TLS"}, "TIERING_KAFKA_SECURITY is 'TLS': allowed is PLAINTEXT or SSL or SASL_PLAINTEXT or"),
        ({"TIERING_REDIS_CA": "ca.pem"}, "of no use without TLS: let TIERING_REDIS begin with rediss://"),
        ({"TIERING_REDIS": f"rediss://h:1/0?ssl_cert_reqs=none&password={CANARY}"}, "it may not hold ?ssl_cert_reqs="),
        ({"TIERING_REDIS": f"redis://:{CANARY}@h:1/0", "TIERING_REDIS_PASSWORD": CANARY}, "set one of them"),
        ({"TIERING_REDIS": f"cache:{CANARY}"}, "TIERING_REDIS: allowed is redis://host:port/database"),
        ({"TIERING_REDIS": f"redis://:{CANARY}/x@h:1/0"}, "in a password %XX for"),
        ({"TIERING_REDIS": f"redis://u:12/{CANARY}@h:1/0"}, "in a password %XX for"),
        ({"TIERING_REDIS": f"redis://u:12#{CANARY}@h:1/0"}, "in a password %XX for"),
        ({"TIERING_REDIS": f"redis://u:12?{CANARY}@h:1/0"}, "in a password %XX for"),
        ({"TIERING_KAFKA_TOKEN_URL": f"ftp://{CANARY}"}, "allowed is https://host/path"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_said_without_a_secret(environ: dict[str, str], says: str) -> None:
    message = refused(environ)
    assert says in message
    assert CANARY not in message or "TOKEN_URL" in environ.__repr__()


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"TIERING_REDIS": "rediss://h:1/0"}, "TIERING_KAFKA_SECURITY is PLAINTEXT, which is not encrypted: set it to SASL_SSL"),
        ({**SASL, "TIERING_REDIS": "rediss://h:1/0"}, "TIERING_KAFKA_SECURITY is SASL_PLAINTEXT, which is not encrypted"),
        ({"TIERING_KAFKA_SECURITY": "SSL"}, "redis://127.0.0.1:6379/0 (TIERING_REDIS) is not encrypted: set it to rediss://"),
        ({"TIERING_KAFKA_SECURITY": "SSL", "TIERING_REDIS": "REDIS://h:1/0"}, "redis://h:1/0 (TIERING_REDIS) is not encrypted"),
        (
            {**TOKENS, "TIERING_KAFKA_TOKEN_URL": "http://login/", "TIERING_KAFKA_SECURITY": "SASL_SSL"},
            "TIERING_KAFKA_TOKEN_URL is not encrypted: set it to https://",
        ),
    ],
)
def test_production_refuses_what_is_not_encrypted(environ: dict[str, str], says: str) -> None:
    assert f"TIERING_ENV is production, and {says}" in refused({**environ, "TIERING_ENV": "production"})


@pytest.mark.parametrize("redis", ["rediss://cache:6380/0", "unix:///run/redis.sock"])
def test_production_takes_what_is_encrypted_or_does_not_leave_the_machine(redis: str) -> None:
    environ = {"TIERING_ENV": "production", "TIERING_KAFKA_SECURITY": "SSL", "TIERING_REDIS": redis}
    assert Settings.from_environment(environ).env == "production"


def test_who_asks_no_kafka_needs_no_way_into_it() -> None:
    environ = {"TIERING_ENV": "production", "TIERING_KAFKA_CA": "/none", "TIERING_KAFKA_PASSWORD_FILE": "/none"}
    safe = {**environ, "TIERING_REDIS": "rediss://h:1/0"}
    assert Settings.from_environment(safe, kafka=False).cluster.security == Settings().cluster.security
    assert "TIERING_KAFKA_PASSWORD_FILE is /none, which can't be read" in refused(safe)
    for wrong, says in ((environ, "TIERING_REDIS) is not encrypted"), ({**safe, "TIERING_KAFKA_CAA": "x"}, "is no setting")):
        with pytest.raises(SettingsError, match=re.escape(says)):
            Settings.from_environment(wrong, kafka=False)


def test_a_redis_url_loses_its_login_and_the_client_has_it() -> None:
    settings = Settings.from_environment({"TIERING_REDIS": f"redis://reader:{CANARY}%2F@cache:6380/3"})
    assert settings.redis == "redis://cache:6380/3"
    told = settings.redis_client().connection_pool.connection_kwargs
    names = ("username", "password", "host", "port", "db")
    assert [told[name] for name in names] == ["reader", f"{CANARY}/", "cache", 6380, 3]


@pytest.mark.parametrize("scheme", ["rediss", "REDISS"])
def test_redis_over_tls_is_checked(scheme: str) -> None:
    told = Settings.from_environment({"TIERING_REDIS": f"{scheme}://cache:1/3"}).redis_client().connection_pool.connection_kwargs
    assert (told["ssl_cert_reqs"], told["ssl_check_hostname"]) == ("required", True)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("TIERING_TOPIC_PREFX", "TIERING_TOPIC_PREFIX"),
        ("TIERING_KAFKA_CA_FILE", "TIERING_KAFKA_CA"),
        ("TIERING_PASSWORD", "TIERING_REDIS_PASSWORD"),
    ],
)
def test_a_variable_that_nobody_knows_is_an_error_that_names_the_nearest(name: str, nearest: str) -> None:
    assert refused({name: CANARY}) == f"{name} is no setting: is {nearest} meant?"


@pytest.mark.parametrize(
    "name",
    [
        "TIERING_COMPILED",
        "TIERING_INTAKE_SERVICE_HOST",
        "TIERING_PORT",
        "TIERING_PORT_8080_TCP_ADDR",
        "TIERING_SERVICE_PORT_OPS",
    ],
)
def test_variables_of_the_tests_and_of_kubernetes_are_no_error(name: str) -> None:
    assert Settings.from_environment({name: "1"}) == Settings()


def test_settings_show_no_secret() -> None:
    settings = Settings.from_environment({**TOKENS, "TIERING_REDIS": f"redis://:{CANARY}@h:1/0", "TIERING_REDIS_USER": "reader"})
    assert CANARY not in f"{settings!r} {settings.cluster!r}"


def encrypted_with(password: str, directory: Path) -> dict[str, str]:
    """A client's certificate and its key, and what says where they are."""
    leaf = trustme.CA().issue_cert("intake")
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    (directory / "key").write_bytes(pem)
    leaf.cert_chain_pems[0].write_to_path(str(directory / "certificate"))
    files = {f"TIERING_KAFKA_{name.upper()}": str(directory / name) for name in ("certificate", "key")}
    return {"TIERING_KAFKA_SECURITY": "SSL", **files}


def test_a_key_may_be_encrypted_and_nobody_is_asked_for_its_password(tmp_path: Path) -> None:
    environ = encrypted_with(CANARY, tmp_path)
    assert Settings.from_environment({**environ, "TIERING_KAFKA_KEY_PASSWORD": CANARY}).cluster.security["ssl_context"]
    for wrong in ({}, {"TIERING_KAFKA_KEY_PASSWORD": f"{CANARY}-wrong"}):
        message = refused({**environ, **wrong})
        assert "can't be read as a certificate and its key in PEM" in message
        assert CANARY not in message
