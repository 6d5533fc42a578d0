"""The certificate that a server of ours shows; renewed without a restart."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from service.access.tls import take_certificate


class ServerCertificate:
    """PEM files; `key`: None where the certificate's file holds it too. ValueError names the file that can't be used, and why."""

    def __init__(self, certificate: Path, key: Path | None) -> None:
        self._certificate, self._key = certificate, key
        self._read = self._written()
        self.context = _context(certificate, key)

    def renew(self) -> bool:
        """Show from now on what the files hold, if they were written since they were read. ValueError: go on with the former."""
        written = self._written()
        if written == self._read:
            return False
        self._read = written
        _context(self._certificate, self._key)  # on trial: a context that could not read them shows nothing any more
        take_certificate(self.context, self._certificate, self._key)
        return True

    def _written(self) -> Sequence[int]:
        files = [self._certificate, *([self._key] if self._key else [])]
        return [each.stat().st_mtime_ns if each.exists() else 0 for each in files]


def _context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    take_certificate(context, certificate, key)
    return context
