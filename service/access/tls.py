"""TLS of a client: whom it trusts, and who it is. Certificates and the names in them are always checked."""

import ssl
from functools import cache
from pathlib import Path
from typing import NamedTuple

from service.access.secret import Secret


class Tls(NamedTuple):
    """PEM files. No `ca`: what the system trusts. No `certificate`: the client does not say who it is."""

    ca: Path | None = None
    certificate: Path | None = None
    """May hold the key too."""
    key: Path | None = None
    key_password: Secret | None = None

    def context(self) -> ssl.SSLContext:
        """For sockets; made once. ValueError names the file that can't be used, and why."""
        return _context(self)


@cache
def _context(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca)
    except OSError as error:  # an SSLError is one too
        raise ValueError(f"{tls.ca} can't be read as certificates in PEM: {_why(error)}") from None
    if tls.certificate is not None:
        # An empty password: without any OpenSSL would ask for it on the terminal.
        password = tls.key_password.reveal() if tls.key_password else ""
        try:
            context.load_cert_chain(tls.certificate, tls.key, password)
        except OSError as error:
            files = f"{tls.certificate} and {tls.key}" if tls.key else f"{tls.certificate}"
            raise ValueError(f"{files} can't be read as a certificate and its key in PEM: {_why(error)}") from None
    return context


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no certificate in it").lower().replace("_", " ")
    return error.strerror or str(error)
