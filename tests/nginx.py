"""The nginx of the README, in front of a server, with a certificate made for the occasion."""

import getpass
import http.client
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
NAME = "observatory.example.go.kr"
ORIGIN = f"https://{NAME}"
START_SECONDS_MAX, STOP_SECONDS_MAX = 10.0, 20.0


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return so many different ones."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(probe.getsockname()[1]) for probe in probes]


def make_certificate(folder: Path) -> None:
    """Write a certificate for the README's name, and its key."""
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1")
    names = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
    files = ("-keyout", folder / "observatory.key", "-out", folder / "observatory.pem")
    subprocess.run(["openssl", "req", *kind, *names, *files], check=True, capture_output=True)


class Proxy:
    """A running nginx."""

    def __init__(self, folder: Path, plain_port: int, tls_port: int) -> None:
        self.folder, self.plain_port, self.tls_port = folder, plain_port, tls_port
        self.tls = ssl.create_default_context(cafile=str(folder / "observatory.pem"))

    def connect(self, source: str = "127.0.0.1", receive_bytes: int = 0, seconds: float = 30.0) -> ssl.SSLSocket:
        """Connect as a browser does, from an address of this host, with so much room for what is not read yet."""
        line = socket.socket()
        try:
            if receive_bytes:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            line.settimeout(seconds)
            line.bind((source, 0))
            line.connect(("127.0.0.1", self.tls_port))
            return self.tls.wrap_socket(line, server_hostname=NAME)
        except OSError:
            line.close()
            raise

    @contextmanager
    def open(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Iterator[http.client.HTTPResponse]:
        """Ask once, on a connection of its own."""
        with self.connect() as line:
            connection = http.client.HTTPConnection(NAME)
            connection.sock = line
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            yield connection.getresponse()


@contextmanager
def nginx_of_the_readme(folder: Path, server_port: int, also_in_http: str = "") -> Iterator[Proxy]:
    """Run nginx on the README's configuration; only ports, paths and the user are others."""
    folder.mkdir()
    make_certificate(folder)
    plain, tls = free_ports(2)
    config = re.findall(r"```nginx\n(.*?)```", README, re.DOTALL)[0]
    for theirs, here in (
        ("user www-data;", f"user {getpass.getuser()};\ndaemon off;\npid {folder}/nginx.pid;"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
        ("listen 443", f"listen 127.0.0.1:{tls}"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{server_port};"),
        ("/var/cache/nginx/observatory", f"{folder}/cache"),
        ("/etc/ssl/observatory.pem", f"{folder}/observatory.pem"),
        ("/etc/ssl/private/observatory.key", f"{folder}/observatory.key"),
        ("http {", "http {\n    access_log off;\n" + also_in_http + "".join(_temporary(folder))),
    ):
        assert theirs in config, theirs
        config = config.replace(theirs, here)
    (folder / "nginx.conf").write_text(config, encoding="utf-8")
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    try:
        _wait_until_it_listens(process, folder, plain)
        yield Proxy(folder, plain, tls)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS_MAX)


def _temporary(folder: Path) -> Iterator[str]:
    for kind in ("client_body", "fastcgi", "uwsgi", "scgi", "proxy"):
        yield f"    {kind}_temp_path {folder}/{kind};\n"


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", folder: Path, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "error.log").read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nginx does not listen:\n{(folder / 'error.log').read_text()}")
