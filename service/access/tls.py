"""TLS: whom a client trusts, and who it, or a server, is. Certificates and the names in them are always checked."""

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
        take_certificate(context, tls.certificate, tls.key, tls.key_password)
    return context


def take_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None, key_password: Secret | None = None) -> None:
    """Have a context show this certificate from now on. ValueError names the files that can't be used, and why."""
    # An empty password: without any OpenSSL would ask for it on the terminal.
    password = key_password.reveal() if key_password else ""
    try:
        context.load_cert_chain(certificate, key, password)
    except OSError as error:
        files = f"{certificate} and {key}" if key else f"{certificate}"
        raise ValueError(f"{files} can't be read as a certificate and its key in PEM: {_why(error)}") from None


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no certificate in it").lower().replace("_", " ")
    return error.strerror or str(error)
