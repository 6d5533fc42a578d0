"""One real Kafka node with TLS, SCRAM, tokens, client certificates and an authorizer that allows nothing by itself."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from service.laptop import kafka
from service.laptop.process import free_port

ADMIN = "admin"
"""The only super user; the broker and the controller are it too."""
LISTENERS = ("SASL", "TOKENS", "CERTIFICATES", "EXPIRED")
_LOGIN = "org.apache.kafka.common.security"


class SecuredKafka:
    """Where its listeners are (host:port by name), and whom its clients may trust."""

    def __init__(self, directory: Path, users: Iterable[str]) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.passwords = {user: f"canary-{user}" for user in (ADMIN, *users)}
        self.ports = {name: free_port() for name in (*LISTENERS, "CONTROLLER")}
        self.authority, stranger = trustme.CA(), trustme.CA()
        self.ca, self.other_ca = directory / "ca.pem", directory / "other-ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca))
        stranger.cert_pem.write_to_path(str(self.other_ca))

    def servers(self, listener: str = "SASL", host: str = "localhost") -> str:
        """For TIERING_KAFKA. The certificates name localhost, and not 127.0.0.1."""
        return f"{host}:{self.ports[listener]}"

    def environment(self, user: str) -> dict[str, str]:
        """What a client is told who is a user."""
        return {
            "TIERING_KAFKA": self.servers(),
            "TIERING_KAFKA_SECURITY": "SASL_SSL",
            "TIERING_KAFKA_CA": str(self.ca),
            "TIERING_KAFKA_USER": user,
            "TIERING_KAFKA_PASSWORD": self.passwords[user],
        }

    def properties(self, user: str) -> Path:
        """The same for Kafka's own tools."""
        path = self.directory / f"{user}.properties"
        login = f'{_LOGIN}.scram.ScramLoginModule required username="{user}" password="{self.passwords[user]}";'
        trust = f"ssl.truststore.type=PEM\nssl.truststore.location={self.ca}\n"
        path.write_text(f"security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config={login}\n{trust}")
        return path

    def certificate(self, *names: str, expired: bool = False) -> Path:
        """A PEM file with a key and a certificate for these names."""
        end = datetime.now(UTC) + timedelta(days=-1 if expired else 1)
        leaf = self.authority.issue_cert(*names, common_name=names[0], not_before=end - timedelta(days=2), not_after=end)
        # Java reads keys as PKCS 8 only.
        key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self.directory / f"{'expired-' if expired else ''}{names[0]}.pem"
        path.write_bytes(pem + b"".join(each.bytes() for each in leaf.cert_chain_pems))
        return path

    def settings(self) -> dict[str, str]:
        """Kafka's."""
        admin = f'username="{ADMIN}" password="{self.passwords[ADMIN]}"'
        listeners = [f"{name}://localhost:{self.ports[name]}" for name in LISTENERS]
        controller = f"localhost:{self.ports['CONTROLLER']}"
        protocols = zip((*LISTENERS, "CONTROLLER"), ("SASL_SSL", "SASL_SSL", "SSL", "SSL", "SASL_PLAINTEXT"), strict=True)
        return {
            "listeners": ",".join([*listeners, f"CONTROLLER://{controller}"]),
            "advertised.listeners": ",".join(listeners),
            "controller.quorum.voters": f"1@{controller}",
            "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in protocols),
            "inter.broker.listener.name": "SASL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.certificate("localhost")),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca),
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.sasl.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl.scram-sha-512.sasl.jaas.config": f"{_LOGIN}.scram.ScramLoginModule required {admin};",
            "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": (
                f'{_LOGIN}.plain.PlainLoginModule required {admin} user_{ADMIN}="{self.passwords[ADMIN]}";'
            ),
            "listener.name.tokens.sasl.enabled.mechanisms": "OAUTHBEARER",
            # Kafka's own check for tests: it believes any token that is not signed.
            "listener.name.tokens.oauthbearer.sasl.jaas.config": (
                f'{_LOGIN}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="{ADMIN}";'
            ),
            "listener.name.certificates.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:.*CN=([^,]+).*/$1/",
            "listener.name.expired.ssl.keystore.location": str(self.certificate("localhost", expired=True)),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{ADMIN}",
        }


@contextmanager
def secured_kafka(directory: Path, users: Iterable[str]) -> Iterator[SecuredKafka]:
    """A node of its own with these users."""
    secured = SecuredKafka(directory, users)
    server, _ = kafka.start(directory, secured.ports["SASL"], settings=secured.settings(), users=secured.passwords)
    try:
        yield secured
    finally:
        server.stop()
