"""Listening on the lines between the product and what it leans on: everything that goes over them is kept, in bytes."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path

from tests.ports import free_port


class Tap:
    """Passes bytes on from a port of its own to another, and keeps both directions in `kept`. With `tls` it ends TLS
    before it passes on and says so in the header, as a proxy in front of the product would."""

    def __init__(self, target: int, kept: Path | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.target, self.kept, self.tls, self.port = target, kept, tls, free_port()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True, name=f"tap-{self.port}").start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        try:
            near.settimeout(120)
            if self.tls is not None:
                near = self.tls.wrap_socket(near, server_side=True)
            first = near.recv(65536)  # browsers open lines beforehand; a server of few workers is not kept waiting
            if not first:
                near.close()
                return
            far = socket.create_connection(("127.0.0.1", self.target), 10)
            far.settimeout(120)
        except OSError:
            near.close()
            return
        other = threading.Thread(target=self._pump, args=(far, near, False), daemon=True)
        other.start()
        self._pump(near, far, self.tls is not None, first)
        other.join()
        near.close()
        far.close()

    def _pump(self, source: socket.socket, sink: socket.socket, say_https: bool, first: bytes = b"") -> None:
        with contextlib.suppress(OSError):
            while data := first or source.recv(65536):
                first = b""
                if self.kept is not None:
                    with self._lock, self.kept.open("ab") as file:
                        file.write(data)
                if say_https:  # a browser sends each request's head at once, and one request at a time
                    head, end, rest = data.partition(b"\r\n")
                    if head.endswith(b" HTTP/1.1"):
                        data = head + end + b"X-Forwarded-Proto: https\r\nConnection: close\r\n" + rest
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def stop(self) -> None:
        self._server.close()


class Monitor:
    """Every command that Redis was given, by anybody, from now on: queues are emptied before anybody could look."""

    def __init__(self, port: int, kept: Path) -> None:
        self._line = socket.create_connection(("127.0.0.1", port), 10)
        self._line.sendall(b"MONITOR\r\n")
        self._line.settimeout(None)
        self._kept = kept
        threading.Thread(target=self._listen, daemon=True, name="redis-monitor").start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError), self._kept.open("ab", buffering=0) as file:
            while data := self._line.recv(65536):
                file.write(data)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()


def own_certificate(folder: Path, host: str) -> ssl.SSLContext:
    """A server's context with a certificate that nobody but this test believes."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "site.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
