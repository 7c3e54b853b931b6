"""doc, wps and rtf: by what they really are; through LibreOffice where it is, with a sentence where it is not."""

from __future__ import annotations

import http.server
import threading

import psutil
import pytest

from pipeline.errors import Refused
from pipeline.intake.formats import archives, soffice

RTF = rb"{\rtf1\ansi\ansicpg936\uc0 \u20851 \u20110 \u28888 \u24178 \par \u19968 \u27573 \u12290 \par}"
NEEDED = pytest.mark.skipif(soffice.program() is None, reason="LibreOffice is not installed")


@pytest.fixture
def without(monkeypatch):
    monkeypatch.setattr(soffice, "program", lambda: None)


@pytest.mark.usefixtures("without")
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.rtf", RTF, "本机没有安装 LibreOffice，RTF 文件读不了"),
        ("a.doc", archives.OLE + "WordDocument".encode("utf-16le"), "本机没有安装 LibreOffice"),
        ("a.doc", archives.OLE + b"\0" * 600, "其实是别的 Office 文件"),
        ("a.doc", archives.OLE + archives.ENCRYPTED, "密码"),
        ("a.wps", b"\xff\xd8\xff", "不是WPS 文字文件"),
    ],
)
def test_each_is_refused_with_what_to_do(reading, name, content, sentence):
    found = reading(content, name)
    assert found.rows == []
    assert sentence in found.why
    assert ".docx" in found.why


@pytest.mark.usefixtures("without")
def test_a_doc_that_is_something_else_is_read_as_that(reading, word):
    assert reading(word("题目", "一段。"), "a.doc").texts == ["一段。"]
    page = "<html><body><p>题目</p><p>一段。</p></body></html>"
    assert reading(page, "a.doc").texts == ["一段。"]
    archive = f"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}"
    assert reading(archive, "a.doc").texts == ["一段。"]


@NEEDED
def test_an_rtf_is_read(reading):
    draft = reading(RTF, "a.rtf").rows[0].draft
    assert (draft.title, draft.text) == ("关于烘干", "一段。")


@NEEDED
def test_a_document_reaches_no_network():
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Silent."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}/a"
        fields = "".join(
            rf'{{\field{{\*\fldinst {code} "{place}.{kind}"}}{{\fldrslt x}}}}'
            for code, kind in (("INCLUDEPICTURE", "png"), ("INCLUDETEXT", "doc"))
        )
        assert soffice.to_docx(RTF.replace(rb"\par}", fields.encode() + rb"\par}"), ".rtf")
        server.shutdown()
    assert asked == []


@NEEDED
def test_what_takes_too_long_is_ended_with_all_it_started(monkeypatch):
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    with pytest.raises(Refused, match="没有转换完"):
        soffice.to_docx(RTF, ".rtf", seconds=0.3)
    assert {one.pid for one in psutil.Process().children(recursive=True)} <= before
    monkeypatch.setattr(soffice, "_words", lambda *_: ["sleep", "0"])
    with pytest.raises(Refused, match="打不开"):
        soffice.to_docx(RTF, ".rtf")
