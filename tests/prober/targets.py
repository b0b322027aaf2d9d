"""A web server on loopback that behaves badly in every way a check has to bear, and certificates for it."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from observatory.prober.dns import NoAddress

NAME = "portal.example.go.kr"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Names:
    """Finds addresses in a table, and remembers what was asked."""

    def __init__(self, zone: Mapping[str, Sequence[str]]) -> None:
        self.zone = zone
        self.asked: list[str] = []

    async def addresses(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if name not in self.zone:
            raise NoAddress("unknown_name", "the name does not exist")
        return self.zone[name]


@dataclass
class Place:
    """A running server."""

    port: int
    requests: list[bytes] = field(default_factory=list)


async def never() -> None:
    await asyncio.Event().wait()


async def answer(path: str, writer: asyncio.StreamWriter) -> None:
    """Answer as the path says; whatever is not here is fine."""
    endless: Mapping[str, bytes] = {
        "/endless-body": b"x" * 65536,
        "/endless-chunks": b"ffff\r\n" + b"x" * 65535 + b"\r\n",
        "/single-bytes": b"1\r\nx\r\n" * 1000,
        "/endless-headers": b"X-Padding: yes\r\n" * 1000,
        "/endless-hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100,
    }
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    begin: Mapping[str, bytes] = {
        "/endless-body": b"HTTP/1.1 200 OK\r\n\r\n",
        "/endless-chunks": chunked,
        "/single-bytes": chunked,
        "/endless-headers": b"HTTP/1.1 200 OK\r\n",
        "/endless-hints": b"",
        "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc",
        "/cut-chunk": chunked + b"5\r\nhel",
        "/garbage": b"\x00\x01\x02 no HTTP\r\n\r\n",
        "/nothing": b"",
        "/korean": "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=euc-kr\r\n\r\n<h1>일자리 찾기</h1>".encode("cp949"),
    }
    if path.startswith("/status/"):
        writer.write(f"HTTP/1.1 {path[8:]} Said\r\nContent-Length: 0\r\n\r\n".encode())
    elif path.startswith("/to/"):
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {unquote(path[4:])}\r\nContent-Length: 0\r\n\r\n".encode())
    elif path == "/silent":
        await never()
    elif path == "/tar-pit":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)
    else:
        writer.write(begin.get(path, OK))
        while path in endless:
            writer.write(endless[path])
            await writer.drain()


@asynccontextmanager
async def serving(
    tls: ssl.SSLContext | None = None, say: Callable[[str, asyncio.StreamWriter], Awaitable[None]] = answer
) -> AsyncIterator[Place]:
    """Serve on a loopback port until the block ends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            place.requests.append(request)
            await say(request.split()[1].decode(), writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    # One read buffer of the kernel must not hold a whole endless body: what is not read has to be seen as such.
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    place = Place(server.sockets[0].getsockname()[1])
    try:
        yield place
    finally:
        server.close()


def make_certificate(folder: Path, *, name: str = NAME, days: int = 30) -> tuple[ssl.SSLContext, Path]:
    """Return what a server of this name shows, and the file of who vouches for it: itself."""
    folder.mkdir(exist_ok=True)
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days))
    names = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    files = ("-keyout", folder / "key.pem", "-out", folder / "certificate.pem")
    subprocess.run(["openssl", "req", *kind, *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context, folder / "certificate.pem"
