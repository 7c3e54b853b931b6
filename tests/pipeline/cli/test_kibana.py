"""`minyi kibana`: the push as Kibana meets it, on a small server that has its one way in."""

from __future__ import annotations

import base64
import email
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.services.elasticsearch import TOGETHER, Node

ROUTE = "/base/api/saved_objects/_import?overwrite=true"


class Importing(BaseHTTPRequestHandler):
    """Takes the import of saved objects as Kibana does: refuses what lacks its header, reads the one file part."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.path, headers, body))
        status, answer = self._answer(body)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/login")
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, body: bytes) -> tuple[int, Any]:
        if self.server.answer is not None:
            return self.server.answer
        if self.path != ROUTE:
            return 404, {"statusCode": 404}
        if not self.headers.get("kbn-xsrf"):
            return 400, {"message": "Request must contain a kbn-xsrf header."}
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        (part,) = email.message_from_bytes(head + body).get_payload()
        assert part.get_param("name", header="content-disposition") == "file"
        assert part.get_filename().endswith(".ndjson")
        self.server.objects = [json.loads(line) for line in part.get_payload(decode=True).splitlines()]
        count = len(self.server.objects) - len(self.server.errors)
        return 200, {"success": not self.server.errors, "successCount": count, "errors": self.server.errors}

    def log_message(self, *_: object) -> None:
        pass


class Double(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Importing)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.objects: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        self.answer: tuple[int, Any] | None = None


@pytest.fixture
def kibana() -> Iterator[Double]:
    with Double() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def url(kibana: Double) -> str:
    return f"http://127.0.0.1:{kibana.server_port}/base"


@pytest.fixture(autouse=True)
def _search_is_away(home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINYI_SEARCH", "http://127.0.0.1:1/henan")
    monkeypatch.delenv("MINYI_KIBANA", raising=False)


def test_a_push_is_one_file_with_everything_for_this_site(minyi, kibana: Double, url: str) -> None:
    ran = minyi("kibana", "push", "--url", url, "--web", "https://desk.test", "--json")
    assert ran.status == 0
    assert ran.one == {"url": url, "imported": len(kibana.objects), "failed": []}
    assert {one["id"].partition("-")[0] for one in kibana.objects} == {"henan"}
    assert "https://desk.test/desk/items/{{value}}" in kibana.objects[0]["attributes"]["fieldFormatMap"]
    ((path, headers, _),) = kibana.asked
    assert path == ROUTE
    assert headers["content-type"].startswith("multipart/form-data; boundary=")
    assert "账目暂时没有送到" in ran.err  # search is away, and Kibana has its dashboards all the same


def test_what_kibana_did_not_take_is_said_in_chinese(minyi, kibana: Double, url: str) -> None:
    kibana.errors = [
        {"type": "dashboard", "id": "henan-dashboard-daily", "meta": {"title": "每日总览"},
         "error": {"type": "missing_references", "references": [{"type": "search", "id": "henan-search-urgent"}]}},
        {"type": "search", "id": "henan-search-today", "title": "今日来稿", "error": {"type": "conflict"}},
        {"type": "visualization", "id": "v", "meta": {}, "error": {"type": "unknown", "message": "boom"}},
    ]  # fmt: skip
    ran = minyi("kibana", "push", "--url", url, "--web", "https://desk.test")
    assert ran.status == 1
    assert "看板“每日总览”，它引用的对象不在：henan-search-urgent" in ran.out
    assert "检索“今日来稿”，已有同名的对象" in ran.out
    assert "图表“v”，boom" in ran.out
    assert f"{len(kibana.objects) - 3} 个" in ran.out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {}), "不认这个用户"),
        ((403, {}), "不认这个用户"),
        ((302, b""), "先登录"),
        ((404, {}), "不接受这样的请求（404）"),
        ((429, {}), "忙不过来"),
        ((503, b"Kibana server is not ready yet"), "忙不过来（503）"),
        ((200, b"<html>"), "答话的不是 Kibana"),
        ((200, {"ok": 1}), "答话的不是 Kibana"),
        ((200, []), "答话的不是 Kibana"),
    ],
)
def test_an_answer_that_is_no_import_is_a_chinese_sentence(minyi, kibana, url, answer, said) -> None:
    kibana.answer = answer
    ran = minyi("kibana", "push", "--url", url)
    assert ran.status == 1
    assert said in ran.err
    assert ran.out == ""


def test_a_kibana_that_is_away_is_a_chinese_sentence(minyi) -> None:
    ran = minyi("kibana", "push", "--url", "http://127.0.0.1:1")
    assert ran.status == 1
    assert "Kibana 没有应答" in ran.err


def test_the_login_comes_from_the_settings_and_is_never_shown(minyi, kibana, url, tmp_path, monkeypatch) -> None:
    file = tmp_path / "kibana.properties"
    file.write_text("username=minyi\npassword=geheim\n", encoding="utf-8")
    monkeypatch.setenv("MINYI_KIBANA", f"{url}?properties={file}")
    shown = [minyi("kibana", "push")]
    file.write_text("api.key = geheimerSchluessel\n", encoding="utf-8")
    shown.append(minyi("kibana", "push"))
    monkeypatch.setenv("MINYI_KIBANA", url.replace("://", "://minyi:geh%3A%E5%AF%86@"))
    shown += [minyi("kibana", "push"), minyi("doctor")]
    basic = [f"Basic {base64.b64encode(pair).decode()}" for pair in (b"minyi:geheim", b"minyi:geh:\xe5\xaf\x86")]
    said = [headers["authorization"] for _, headers, _ in kibana.asked]
    assert said == [basic[0], "ApiKey geheimerSchluessel", basic[1]]
    assert [one.status for one in shown[:3]] == [0, 0, 0]
    assert not any(word in one.out + one.err for one in shown for word in ("geheim", "geh%3A", "geh:密", "密@"))
    assert "MINYI_KIBANA=http://minyi:***@" in shown[3].out


@pytest.mark.parametrize(
    ("arguments", "search", "said"),
    [
        (["push"], None, "没有写 Kibana 在哪里"),
        (["push", "--url", "ftp://x"], None, "--url 写成了“ftp://x”"),
        (["push", "--url", "http://h", "--web", "desk"], None, "不是网址"),
        (["push", "--url", "http://h"], "", "检索用的是本机存储"),
        (["build"], "", "检索用的是本机存储"),
    ],
)
def test_wrong_use_is_a_chinese_sentence_and_exit_2(minyi, monkeypatch, arguments, search, said) -> None:
    if search is not None:
        monkeypatch.setenv("MINYI_SEARCH", search)
    ran = minyi("kibana", *arguments)
    assert ran.status == 2
    assert said in ran.err


def test_a_file_for_an_import_by_hand_is_what_a_push_sends(minyi, kibana, url, tmp_path) -> None:
    file = tmp_path / "minyi.ndjson"
    assert minyi("kibana", "build", "--web", "https://desk.test", "--out", file).status == 0
    minyi("kibana", "push", "--url", url, "--web", "https://desk.test")
    assert [json.loads(line) for line in file.read_bytes().splitlines()] == kibana.objects
    printed = minyi("kibana", "build", "--web", "https://desk.test").out
    assert printed.encode() == file.read_bytes()
    assert minyi("kibana", "build", "--out", tmp_path / "no" / "where").status == 2


@TOGETHER
def test_after_a_run_and_a_push_the_ledger_is_there(
    minyi, rows, kibana, url, elasticsearch_url: str, elasticsearch_node: Node, monkeypatch
) -> None:
    monkeypatch.setenv("MINYI_SEARCH", elasticsearch_url)
    index = elasticsearch_url.rpartition("/")[2] + "-ledger"
    text = "家庭农场收获季节烘干排队两天以上，粮食霉变损失约一成，建议设立公共烘干服务点。"
    assert minyi("import", rows({"id": 1, "text": text}), "--source", "测试").status == 0
    assert minyi("run").status == 0
    with Elasticsearch(elasticsearch_node.url) as server:
        for again in (False, True):
            if again:
                server.indices.delete(index=index)
                ran = minyi("kibana", "push", "--url", url, "--web", "http://desk.test")
                assert (ran.status, ran.err) == (0, "")
            server.indices.refresh(index=index)
            (hit,) = server.search(index=index)["hits"]["hits"]
            assert (hit["_source"]["source"], hit["_source"]["received"], hit["_source"]["indexed"]) == ("测试", 1, 1)
    assert "索引模板与本程序的相同" in minyi("doctor").out
