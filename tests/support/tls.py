"""TLS in front of a server that has none: certificates of our own, and what ends the encryption."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.valkey import Broker, running_broker

__all__ = ["TlsBroker", "running_tls_broker", "tls_in_front_of"]

_HOST = "localhost"


@dataclass(frozen=True)
class TlsBroker:
    """A broker with a password that is reached over TLS.

    Args:
        port: Where TLS is spoken, on localhost.
        password: What opens the broker.
        authority: The file with the certificate of whoever issued the server's.
        broker: What is behind.
    """

    port: int
    password: str
    authority: Path
    broker: Broker

    def url(self, *, password: str | None = None, host: str = _HOST, query: str | None = None) -> str:
        """Its address; by default the right one, verified by the right authority."""
        given = self.password if password is None else password
        asked = f"?ssl_ca_certs={self.authority}" if query is None else query
        return f"rediss://:{given}@{host}:{self.port}/0{asked}"


@contextmanager
def running_tls_broker(password: str) -> Iterator[TlsBroker]:
    """Run a broker behind TLS for as long as the context lasts."""
    with running_broker(password) as broker, tls_in_front_of(broker.socket) as (port, authority):
        yield TlsBroker(port, password, authority, broker)


@contextmanager
def tls_in_front_of(socket: Path) -> Iterator[tuple[int, Path]]:
    """Listen for TLS on a free port of localhost, and pass what is said on to a Unix socket.

    Yields:
        The port, and the certificate of the authority to trust.
    """
    with tempfile.TemporaryDirectory(prefix="wb-tls-") as name:
        folder = Path(name)
        _write_certificates(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        front = _Front(socket, context)
        thread = threading.Thread(target=front.run, name="tls")
        thread.start()
        try:
            assert front.listening.wait(10)
            yield front.port, folder / "authority.pem"
        finally:
            front.stop()
            thread.join(10)


class _Front:
    def __init__(self, socket: Path, context: ssl.SSLContext) -> None:
        self.port = 0
        self.listening = threading.Event()
        self._socket = socket
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)

    async def _serve(self) -> None:
        self._loop.set_exception_handler(lambda *_: None)  # clients that do not trust us break off
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self.listening.set()
        await self._end.wait()
        server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(str(self._socket))
            async with asyncio.TaskGroup() as group:
                group.create_task(_pass_on(reader, inner_writer))
                group.create_task(_pass_on(inner_reader, writer))
        except OSError:  # the server behind is away: so is this connection
            writer.close()
        finally:
            self._open.discard(task)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()


def _write_certificates(folder: Path) -> None:
    """An authority of our own (``authority.pem``); a server's certificate with its key (``server.pem``)."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("Test authority", authority_key, authority_key, None)
    key = ec.generate_private_key(ec.SECP256R1())
    server = _certificate(_HOST, key, authority_key, authority)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(private + server.public_bytes(serialization.Encoding.PEM))


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(_HOST)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=7))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(names, critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())
