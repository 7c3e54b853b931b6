"""inlet: the county's people hand in what they have: JSON and files to the real API over HTTP, files by import."""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from flows.demo import papers
from flows.demo.content import Told
from pipeline.errors import Transient
from pipeline.intake.imports import Content, ImportReport, Options, import_files
from pipeline.web.app import create_app
from pipeline.wiring import System

START = 20.0  # seconds the API may take to answer
SHEET = "各党派和乡镇来稿汇总表"
SUPPLEMENT = "补充稿"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# A proxy of the office cannot reach this machine's own port.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Answered:
    """What the API said: a receipt, or why it was not taken."""

    told: Told
    receipt: str | None
    refused: str | None = None


@contextmanager
def api(opened: Callable[[], System]) -> Generator[str]:
    """The real app on a free port of this machine, over its own `opened` system; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(opened), log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        _wait(server, thread)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/submissions"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    ends = time.monotonic() + START
    while not server.started:
        if time.monotonic() > ends or not thread.is_alive():
            raise Transient("来稿接口没有启动", fix="请稍后再运行一次 minyi demo")
        time.sleep(0.02)


def hand_in(url: str, told: Told) -> Answered:
    """One submission to the API, as JSON or with its file."""
    body, kind = _file_body(told) if told.way in {"upload", "marked"} else _json_body(told)
    request = urllib.request.Request(url, data=body, headers={"Content-Type": kind}, method="POST")  # noqa: S310 - loopback
    try:
        with _DIRECT.open(request, timeout=30) as answer:
            return Answered(told, json.load(answer)["receipt"])
    except urllib.error.HTTPError as error:
        with error:
            said = json.load(error)
        return Answered(told, None, said["what"] if said["what"].endswith("。") else f"{said['what']}。{said['fix']}")


def _json_body(told: Told) -> tuple[bytes, str]:
    return json.dumps({"title": told.title, "text": told.text, **_facts(told)}).encode(), "application/json"


def _facts(told: Told) -> dict[str, Any]:
    names = ("author", "author_number", "unit", "sector", "party", "phone", "matter")
    facts = {name: value for name in names if (value := getattr(told, name))}
    return {**facts, "urgent": told.urgent, "declared": told.declared, "consent": {"named": told.named}}


def _file_body(told: Told) -> tuple[bytes, str]:
    border = secrets.token_hex(12)
    content = papers.marked(told.title) if told.way == "marked" else papers.word(told)
    named = [("consent.named", "true")] if told.named else []
    fields = [*((name, value) for name, value in _facts(told).items() if isinstance(value, str)), *named]
    field = f"--{border}\r\nContent-Disposition: form-data; name="
    parts = [f'{field}"{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    head = f'{field}"files"; filename="来稿.docx"\r\nContent-Type: {_WORD}\r\n\r\n'
    body = "".join([*parts, head]).encode() + content + f"\r\n--{border}--\r\n".encode()
    return body, f"multipart/form-data; boundary={border}"


def bring_files(system: System, told: Sequence[Told]) -> list[ImportReport]:
    """What came as files: the sheet of rows, and Word files."""
    words = [Content(f"{one.title}.docx", papers.word(one)) for one in told if one.way == "word"]
    old = [Content(f"{one.title}.docx", papers.old_word(one)) for one in told if one.way == "gbk"]
    return [*bring_sheet(system, told), *_imported(system, [*words, *old], "来稿文件")]


def bring_sheet(system: System, told: Sequence[Told]) -> list[ImportReport]:
    """The sheet of rows; when it comes a second time, as it does in offices, every row is known."""
    rows = papers.sheet([one for one in told if one.way == "sheet"])
    return _imported(system, [Content(f"{SHEET}.xlsx", rows)], SHEET)


def bring_supplement(system: System, told: Told) -> list[ImportReport]:
    """One row again with the text that was asked for: the same id, a revision."""
    row = told.model_copy(update={"text": told.later})
    return _imported(system, [Content(f"{SUPPLEMENT}.xlsx", papers.sheet([row]))], SHEET)


def _imported(system: System, contents: Sequence[Content], source: str) -> list[ImportReport]:
    options = Options(source=source)
    found = import_files(system.store, system.files, contents, options, clock=system.clock, receipts=system.receipts)
    return list(found)
