"""An S3 double of the tests' own: moto's server on a free port, ended with its owner.

It keeps the buckets in memory: what must outlive an outage is tested with a frozen server, or behind a line that
is cut (tests/services/line.py), not with a killed one.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

TOGETHER = pytest.mark.xdist_group("s3")  # one server for all
READY = 60.0  # seconds: it loads for two
KEY, SECRET, REGION = "minyi-tests", "geheim", "cn-north-1"


class Server:
    """One server. It outlives a parent that dies: whoever starts it ends it."""

    def __init__(self, port: int | None = None, *, certificate: Path | None = None) -> None:
        self.port = port or _free_port()
        self._tls = certificate
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until a client would be answered."""
        words = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        if self._tls:
            words += ["-s", "-c", str(self._tls), "-k", str(self._tls)]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ends = time.monotonic() + READY
        while not self._answers():
            assert self._process.poll() is None, "moto's server ended"
            assert time.monotonic() < ends, "moto's server is not ready"
            time.sleep(0.05)

    def kill(self) -> None:
        """As kill -9 does; harmless twice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def signal(self, number: int) -> None:
        """SIGSTOP freezes it, SIGCONT lets it go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def client(self, **more: Any) -> Any:
        """A client of the tests' own, beside the adapter's."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name=REGION,
            **more,
        )

    def create(self, bucket: str) -> None:
        client = self.client()
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        client.close()

    def setting(self, folder: Path, bucket: str, *, endpoint: str | None = None, **more: str) -> str:
        """The value of MINYI_FILES, its properties file made in a folder."""
        values = {"endpoint": endpoint or self.url, "access.key": KEY, "secret.key": SECRET, "region": REGION} | {
            name.replace("_", "."): value for name, value in more.items()
        }
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{bucket}.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
        return f"s3://{bucket}/office/files?properties={file}"

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False


@contextmanager
def running(**more: Any) -> Iterator[Server]:
    """A new server, ended whatever happens."""
    server = Server(**more)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def freeze(server: Server) -> None:
    server.signal(signal.SIGSTOP)


def thaw(server: Server) -> None:
    server.signal(signal.SIGCONT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
