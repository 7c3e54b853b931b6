"""The Elasticsearch client: settings, TLS and logins, and answers that no real node gives when asked to.

A small HTTP server stands for a full queue, a frozen node, another program on the port, and an address with TLS.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.adapters import elasticsearch_client
from pipeline.adapters.search_elasticsearch import ElasticsearchSearch
from pipeline.errors import Broken, RuleError, Transient
from pipeline.records.items import Document, Query
from pipeline.settings import load
from tests.services import certificates

G = "1"


class Answering(BaseHTTPRequestHandler):
    """Gives the server's answers one after the other, the last one again and again."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization"), self._body()))
        status, body, product = self.server.answers[0] if len(self.server.answers) == 1 else self.server.answers.pop(0)
        if status is None:
            self.server.over.wait(10)
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if product:
            self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the library's names

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[tuple[str, str | None, bytes]] = []
        self.answers: list[tuple[int | None, bytes, bool]] = []
        self.over = threading.Event()

    def gives(self, *answers: tuple[int | None, object], product: bool = True) -> None:
        self.answers = [(status, json.dumps(body).encode(), product) for status, body in answers]

    def handle_error(self, *_: object) -> None:
        pass  # a client that refuses the certificate hangs up


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,))
        thread.start()
        yield found
        found.over.set()
        found.shutdown()
        thread.join()


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


Opener = Callable[[str], ElasticsearchSearch]


@pytest.fixture
def opened() -> Iterator[Opener]:
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(closing(ElasticsearchSearch(load({"MINYI_SEARCH": url}).search)))


@pytest.fixture
def search(opened: Opener, url: str) -> ElasticsearchSearch:
    return opened(url)


def items(*statuses: int) -> tuple[int, object]:
    error = {"type": "es_rejected_execution_exception", "reason": "rejected"}
    rows = [{"index": {"status": status, **({"error": error} if status > 299 else {})}} for status in statuses]
    return 200, {"errors": True, "items": rows}


# ---------------------------------------------------------------- answers


def test_what_a_full_queue_puts_off_is_sent_again_alone(server: Server, search: ElasticsearchSearch) -> None:
    server.gives(items(201, 429, 409), items(429), items(201))
    answers = search.write(G, [Document(name, 1) for name in "abc"])
    assert all(answer.ok for answer in answers)
    sent = [[json.loads(line)["index"]["_id"] for line in body.splitlines()[::2]] for _, _, body in server.asked]
    assert sent == [["a", "b", "c"], ["b"], ["b"]]


def test_a_queue_that_stays_full_is_transient(
    server: Server, search: ElasticsearchSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.search_elasticsearch_write.WAITS", (0.01, 0.01))
    server.gives(items(201, 429), items(429))
    with pytest.raises(Transient, match="忙不过来"):
        search.write(G, [Document(name, 1) for name in "ab"])


def test_a_shard_that_is_away_is_transient(server: Server, search: ElasticsearchSearch) -> None:
    server.gives(items(201, 503))
    with pytest.raises(Transient):
        search.write(G, [Document(name, 1) for name in "ab"])


def test_a_frozen_node_is_transient(opened: Opener, server: Server, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elasticsearch_client, "SECONDS", 0.2)
    server.gives((None, {}))
    search = opened(url)
    with pytest.raises(Transient, match="没有应答"):
        search.query(G, Query())


def test_a_node_that_is_starting_is_asked_again(server: Server, search: ElasticsearchSearch) -> None:
    server.gives((503, {}), (503, {}), (200, {"x": {}}))
    assert search.generations() == []
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("status", "product", "said"),
    [(200, False, "不是 Elasticsearch"), (401, True, "权限"), (406, True, "Elasticsearch 9")],
)
def test_what_no_retry_cures_is_said(
    server: Server, search: ElasticsearchSearch, status: int, product: bool, said: str
) -> None:
    server.gives((status, {"error": {"type": "x", "reason": "张三"}, "status": status}), product=product)
    with pytest.raises(Broken, match=said) as caught:
        search.generations()
    assert "张三" not in str(caught.value)


def test_an_index_of_an_older_layout_accuses_no_document(server: Server, search: ElasticsearchSearch) -> None:
    error = {"type": "strict_dynamic_mapping_exception", "reason": "introduction of [x] is not allowed"}
    server.gives((200, {"errors": True, "items": [{"index": {"status": 400, "error": error}}]}))
    with pytest.raises(Broken, match="reindex"):
        search.write(G, [Document("a", 1)])


# ---------------------------------------------------------------- settings


@pytest.fixture
def certificate(tmp_path: Path, server: Server) -> Path:
    """A certificate of 127.0.0.1, which the server has from now on."""
    path = certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return path


def test_tls_and_an_api_key_by_a_properties_file(
    opened: Opener, server: Server, certificate: Path, tmp_path: Path
) -> None:
    server.gives((200, {}))
    url = f"https://127.0.0.1:{server.server_port}"
    search = opened(url)
    with pytest.raises(Broken, match="证书"):
        search.generations()
    properties = tmp_path / "search.properties"
    properties.write_text(f"ssl.cafile = {certificate}\napi.key = Z2VoZWlt\n", encoding="utf-8")
    search = opened(f"{url}?properties={properties}")
    assert search.generations() == []
    assert [login for _, login, _ in server.asked] == ["ApiKey Z2VoZWlt"]


def test_a_login_by_url_or_by_properties(opened: Opener, server: Server, url: str, tmp_path: Path) -> None:
    server.gives((200, {}))
    properties = tmp_path / "search.properties"
    properties.write_text("username=minyi\npassword=a:b@c\n", encoding="utf-8")
    for one in (url.replace("//", "//minyi:a%3Ab%40c@"), f"{url}?properties={properties}"):
        search = opened(one)
        search.generations()
    assert {login for _, login, _ in server.asked} == {"Basic bWlueWk6YTpiQGM="}


def test_the_prefix_is_the_urls_path_and_several_hosts_may_be_named(opened: Opener, server: Server, url: str) -> None:
    server.gives((200, {}))
    for address, prefix in ((url, "minyi"), (f"{url},localhost:{server.server_port}/henan.zx/", "henan.zx")):
        search = opened(address)
        search.generations()
        assert server.asked[-1][0].startswith(f"/{prefix}-items-*/")


@pytest.mark.parametrize(
    ("url", "lines", "said"),
    [
        ("http://h/A", "", "前缀"),
        ("http://h/_all", "", "前缀"),
        ("http://h/a*", "", "前缀"),
        ("http://h:x", "", "写法"),
        ("http://u:geheim@h", "api.key=geheim", "一种登录方式"),
        ("https://h", "ssl.cafile=/nowhere", "/nowhere"),
        ("http://h", "ssl.fingerprint=abc", "写法"),
        ("https://h", "ssl.ca=geheim", "ssl.cafile"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_with_it(
    opened: Opener, url: str, lines: str, said: str, tmp_path: Path
) -> None:
    properties = tmp_path / "search.properties"
    properties.write_text(lines, encoding="utf-8")
    with pytest.raises(RuleError, match=said) as caught:
        opened(f"{url}?properties={properties}")
    assert "geheim" not in str(caught.value)


def test_the_embedded_shape_loads_no_elasticsearch() -> None:
    program = "import sys, pipeline.adapters.search_sqlite, pipeline.wiring; print('elasticsearch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
