"""An Elasticsearch of the tests' own: one node on free ports, ended with its owner.

It is the distribution that Elastic publishes to Maven Central for integration tests: the server itself with few
modules (no reindex, no scripts, no ILM; `GET /` is refused). What is tested here the whole distribution can do, too.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.services import deployed, java

VERSION = "9.5.3"
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
JDK = 21
TOGETHER = pytest.mark.xdist_group("elasticsearch")  # one node for all: two would take half the machine
READY = 120.0  # seconds: a restart after kill -9 takes up to 30 where two cores are shared
# What an office's node has otherwise (beside addresses and folders).
OTHERWISE = {
    "cluster.name": "minyi-tests",
    "cluster.routing.allocation.disk.threshold_enabled": "false",  # a developer's disk may be full
    "action.destructive_requires_name": "false",  # so that a prefix goes at once
    "http.max_content_length": "20mb",
}
# Small and soon there, for tests; what is measured has the JVM that an office has.
SMALL = ["-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0  # noqa: TID251 - tests alone


# It refuses to run as root, and nobody may enter root's home.
HOME = (Path("/var/cache/minyi-tests") if _is_root() else java.CACHE) / f"elasticsearch-{VERSION}"


class Node:
    """One node. It outlives a parent that dies: whoever starts it ends it."""

    def __init__(self, folder: Path, *, jvm: Sequence[str], **more: object) -> None:
        self.folder = folder
        self.port = _free_port()
        self._launcher: subprocess.Popen[bytes] | None = None
        for name in ("config", "data", "logs", "repo", "tmp"):
            (folder / name).mkdir()
        (folder / "config" / "jvm.options").write_text("\n".join([*jvm, "-Djava.io.tmpdir=${ES_TMPDIR}", ""]))
        settings = "".join(f"{name}: {value}\n" for name, value in self._settings(more).items())
        (folder / "config" / "elasticsearch.yml").write_text(settings)
        shutil.copy(_home() / "config" / "log4j2.properties", folder / "config")
        if _is_root():
            folder.chmod(0o755)
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, "nobody", "nogroup")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    def start(self) -> None:
        """Start and wait until a client would be answered; harmless when it runs."""
        if self._launcher is not None:
            return
        (self.folder / "pid").unlink(missing_ok=True)
        with (self.folder / "console.log").open("ab") as out:
            words = [_home() / "bin" / "elasticsearch", "-p", self.folder / "pid"]
            who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if _is_root() else {}
            self._launcher = subprocess.Popen(
                words, env=self._environment(), cwd=self.folder, stdout=out, stderr=out, stdin=subprocess.DEVNULL, **who
            )
        ends = time.monotonic() + READY
        while not self._answers():
            assert self._launcher.poll() is None, f"the node ended, see {self.folder / 'console.log'}"
            assert time.monotonic() < ends, f"the node is not ready, see {self.folder / 'console.log'}"
            time.sleep(0.1)

    def kill(self) -> None:
        """As kill -9 does; the launcher, whose child the server is, ends with it."""
        if (self.folder / "pid").exists():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)  # noqa: TID251 - tests alone
            (self.folder / "pid").unlink()
        if self._launcher is not None:
            try:
                self._launcher.wait(5)
            except subprocess.TimeoutExpired:  # before the server was there
                self._launcher.kill()
                self._launcher.wait()
            self._launcher = None

    def clear(self, prefix: str) -> None:
        """Remove whatever has a prefix."""
        from elasticsearch import Elasticsearch  # tests without a node need not load it

        with Elasticsearch(self.url) as client:
            client.indices.delete(index=f"{prefix}-*")
            client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-*")
            client.options(ignore_status=404).cluster.delete_component_template(name=f"{prefix}-*")
            client.options(ignore_status=404).snapshot.delete_repository(name=f"{prefix}-*")

    def _answers(self) -> bool:
        try:
            health = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
            with urllib.request.urlopen(health, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "ES_JAVA_HOME": str(java.jdk(JDK)),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "tmp"),
            "CLI_JAVA_OPTS": "-Xmx48m",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
        }

    def _settings(self, more: dict[str, object]) -> dict[str, object]:
        here = {
            "http.host": "127.0.0.1",
            "http.port": self.port,
            "transport.host": "127.0.0.1",
            "transport.port": 0,
            "path.data": self.folder / "data",
            "path.logs": self.folder / "logs",
            "path.repo": self.folder / "repo",
        }
        return {**deployed.elasticsearch(), **here, **OTHERWISE, **more}


def available() -> bool:
    """Whether it can be had: a JDK, and Maven or the server fetched before."""
    return java.jdk(JDK) is not None and (shutil.which("mvn") is not None or HOME.exists())


@contextmanager
def running(*, office: bool = False, **more: object) -> Iterator[Node]:
    """A new node, ended and removed whatever happens; with an office's memory where it is measured."""
    # Not under a folder that only its owner may enter, as pytest's are: the server runs as another user.
    with tempfile.TemporaryDirectory(prefix="elasticsearch-", ignore_cleanup_errors=True) as name:
        node = Node(Path(name), jvm=deployed.elasticsearch_jvm() if office else SMALL, **more)
        try:
            node.start()
            yield node
        finally:
            node.kill()


def _home() -> Path:
    """The unpacked server, complete or not there."""
    if not HOME.exists():
        part = HOME.with_name(f"{HOME.name}.{os.getpid()}")
        zipfile.ZipFile(_fetched(part)).extractall(part)
        for program in (part / HOME.name / "bin").iterdir():
            program.chmod(0o755)  # zipfile leaves the run bits out
        with suppress(OSError):  # another session was quicker
            (part / HOME.name).rename(HOME)
        shutil.rmtree(part)
    return HOME


def _fetched(folder: Path) -> Path:
    maven, quiet = ["mvn", "-B", "-q"], subprocess.DEVNULL
    subprocess.run([*maven, "dependency:get", "-Dtransitive=false", f"-Dartifact={ARTIFACT}"], check=True, stdout=quiet)
    words = ["dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"]
    subprocess.run([*maven, *words], check=True, stdout=quiet)
    return folder / f"elasticsearch-{VERSION}.zip"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
