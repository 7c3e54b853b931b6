"""A made-up county for one test: a site, files and API submissions, each with a word of its own that occurs nowhere
else; bad rows, marked, empty, broken and doubled ones among them; and the plan of what becomes of each."""

from __future__ import annotations

import io
import json
import random
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import docx
import yaml

from tests.crawlers.site import Answer, Site, article, listing
from tests.made_up import Writer

# The 3,755 most frequent characters (GB 2312, rows 16 to 55): no repair of damaged text touches them.
COMMON = [
    bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF - 5 * (row == 0xD7))
]
LARGE = 1_100_000  # characters of a page that no message can hold
LONG = 15_000  # characters
SITE, API = "site", "api"


@dataclass(frozen=True)
class Planted:
    """A word, the source it is in, and what becomes of its origin."""

    word: str
    source: str
    outcome: str


@dataclass
class Posted:
    """A submission by the API: its key, and the receipt once acknowledged."""

    key: str
    word: str
    text: str
    receipt: str | None = None


@dataclass
class County:
    """Everything planted so far. `grow` adds to it at any time."""

    seed: int
    folder: Path
    site: Site
    planted: list[Planted] = field(default_factory=list)
    files: dict[str, tuple[int, int]] = field(default_factory=dict)  # name → rows accepted, rows refused
    posts: list[Posted] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)  # of answers that took nothing (503)
    refused_words: list[str] = field(default_factory=list)  # never in any store
    _paths: list[str] = field(default_factory=list)
    _given: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._writer = Writer(self.seed)
        self.folder.mkdir(parents=True, exist_ok=True)

    # ------------------------------------------------------------ planting

    def grow(self, *, pages: int = 6, rows: int = 14, posts: int = 6) -> County:
        """More of everything; a part of it bad."""
        if pages:
            self._grow_site(pages)
        if rows:
            self._grow_files(rows)
        self.posts += [self._post() for _ in range(posts)]
        return self

    def word(self, source: str, outcome: str = "indexed") -> str:
        """A new word of four characters that stands nowhere else, planted."""
        word = self._fresh()
        self.planted.append(Planted(word, source, outcome))
        return word

    def _fresh(self) -> str:
        while (word := "".join(self._random.sample(COMMON, 4))) in self._given:
            pass
        self._given.add(word)
        return word

    def text(self, word: str) -> str:
        """Some sentences around the word."""
        length = self._random.choice([90, 160, 400])
        return f"{self._writer.text(length)}。其中“{word}”一事群众反映多次。{self._writer.text(60)}。"

    def _grow_site(self, pages: int) -> None:
        number = len(self._paths)
        bodies = [_article(self.text(self.word(SITE))) for _ in range(pages)]
        bodies += [self._marked(), self._empty(), self._broken(), self._large()]
        self._random.shuffle(bodies)
        for offset, body in enumerate(bodies):
            self._paths.append(path := f"/{number + offset}.html")
            self.site.pages[path] = body
        self.site.pages["/"] = listing(self._paths, etag=True)

    def _marked(self) -> Answer:
        return article("关于有关情况的通报", f"机密★5年</p><p>{self.text(self.word(SITE, 'rejected'))}")

    def _empty(self) -> Answer:
        self.word(SITE, "rejected")
        return Answer(b"<html><head></head><body><script>1</script></body></html>")

    def _broken(self) -> Answer:
        self.word(SITE, "quarantined")
        return Answer(b"\x89PNG\r\n\x1a\n" + self._random.randbytes(500))

    def _large(self) -> Answer:
        noise = self._random.randbytes(LARGE // 2).hex()
        return _article(self.text(self.word(SITE)), f"</p><!--{noise}--><p>完。")

    def grow_long(self, *, pages: int = 1, posts: int = 1) -> County:
        """Pages and submissions that have some 20 kB in a message, packed."""
        for _ in range(pages):
            self._paths.append(path := f"/{len(self._paths)}.html")
            self.site.pages[path] = _article(self.text(self.word(SITE)) + self._writer.text(LONG))
        self.site.pages["/"] = listing(self._paths, etag=True)
        for one in (self._post() for _ in range(posts)):
            one.text += self._writer.text(LONG)
            self.posts.append(one)
        return self

    def _grow_files(self, rows: int) -> None:
        name = f"{len(self.files):03}"
        lines = [json.dumps(row, ensure_ascii=False) for row in self._rows(f"j{name}", rows)]
        self._write(f"j{name}.jsonl", "\n".join([*lines, lines[0], "{坏行", '{"text":""}']), rows + 1, 2)
        self.planted.append(Planted("", f"j{name}", "duplicate"))
        table = [f"{row['id']},{row['title']},{row['text']}" for row in self._rows(f"c{name}", rows // 2)]
        self._write(f"c{name}.csv", "\n".join(["id,title,text", *table, "x9,没有正文,"]), rows // 2, 1)
        self._write(f"t{name}.txt", self.text(self.word(f"t{name}")), 1, 0)
        document, stream = docx.Document(), io.BytesIO()
        document.add_paragraph(self.text(self.word(f"d{name}")))
        document.save(stream)
        self._write(f"d{name}.docx", stream.getvalue(), 1, 0)
        secret = self._fresh()
        self.refused_words.append(secret)
        self._write(f"s{name}.txt", f"绝密★长期\n{self.text(secret)}", 0, 1)

    def plant_rows(self, name: str, outcomes: Sequence[str]) -> list[str]:
        """A file of rows with these outcomes in turn; their words."""
        words = [self.word(name, outcome) for outcome in outcomes]
        rows = [{"id": f"n{at}", "title": f"第{at}件", "text": self.text(word)} for at, word in enumerate(words)]
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        self._write(f"{name}.jsonl", lines, len(rows), 0)
        return words

    def _rows(self, source: str, count: int) -> list[dict[str, str]]:
        return [
            {"id": f"n{number}", "title": f"第{number}件", "text": self.text(self.word(source))}
            for number in range(count)
        ]

    def _write(self, name: str, content: str | bytes, accepted: int, refused: int) -> None:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.files[name] = (accepted, refused)

    def _post(self) -> Posted:
        word = self.word(API)
        return Posted(f"k{len(self.planted)}-{self.seed}", word, self.text(word))

    # ------------------------------------------------------------ for the jobs

    @property
    def has_site(self) -> bool:
        return bool(self._paths)

    @property
    def paths(self) -> list[str]:
        """Where the files lie."""
        return [str(self.folder / name) for name in self.files]

    @property
    def catalogue(self) -> str:
        """The catalogue's file."""
        file = self.folder / "catalogue.yaml"
        start = {"kind": "list", "url": self.site.url + "/", "links": "li"}
        source = {"name": SITE, "title": "某县政协网", "delay": 0, "starts": [start]}
        file.write_text(yaml.safe_dump({"version": 1, "sources": [source]}, allow_unicode=True), encoding="utf-8")
        return str(file)

    def plan(self) -> dict[str, Counter[str]]:
        """Source → outcomes, duplicates left out."""
        found: dict[str, Counter[str]] = {}
        for one in self.planted:
            if one.outcome != "duplicate":
                found.setdefault(one.source, Counter())[one.outcome] += 1
        return found

    def post(self, port: int, *, again: bool = False) -> int:
        """Send what was not acknowledged (or everything, `again`) over four connections; how many were answered.
        An answer to a known key is the same receipt."""
        due = [one for one in self.posts if again or one.receipt is None]
        with ThreadPoolExecutor(4) as pool:
            return sum(pool.map(lambda some: self._send(port, some), [due[start::4] for start in range(4)]))

    def _send(self, port: int, some: Sequence[Posted]) -> int:
        answered = 0
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            for one in some:
                status, body = _asked(connection, one)
                if status == 503:
                    self.sentences.append(json.loads(body)["what"])
                    continue
                assert status == 201, body
                receipt = json.loads(body)["receipt"]
                with self._lock:
                    assert one.receipt in {None, receipt}
                    one.receipt = receipt
                answered += 1
        except (OSError, HTTPException):
            pass  # its process died: what it had not answered is sent again
        finally:
            connection.close()
        return answered


def _article(text: str, more: str = "") -> Answer:
    """A page that is sure to be read: its title is what it speaks of."""
    return article(f"{text[:16]}等情况", text + more)


def _asked(connection: HTTPConnection, one: Posted) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": one.key}
    connection.request("POST", "/api/submissions", json.dumps({"text": one.text}), headers)
    answer = connection.getresponse()
    return answer.status, answer.read()
