"""Charset on real files: what others know the charset of, the site's pages, and texts put together across charsets."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.text.charset import CODECS, decode, detect

pytestmark = pytest.mark.real
NAMES = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5", "utf-8": "utf-8"}


@pytest.fixture(scope="module")
def texts(real: Path) -> list[str]:
    rows = map(json.loads, (real / "site-gold.jsonl").read_text("utf-8").splitlines())
    return [row["text"].encode("gbk", "ignore").decode("gbk") for row in rows if row["text"]]


def test_files_of_known_charset(real: Path):
    for row in map(json.loads, (real / "charset" / "index.jsonl").read_text("utf-8").splitlines()):
        body = (real / "charset" / row["file"]).read_bytes()
        found = decode(body)
        assert (found.charset, found.damaged, found.mixed) == (NAMES[row["true_charset"].lower()], 0, ()), row["file"]
        assert detect(body) == found.charset


def test_the_sites_pages_are_whole_and_of_one_charset(real: Path):
    for path in sorted((real / "site" / "pages").iterdir()):
        found = decode(path.read_bytes())
        assert (found.damaged, found.mixed) == (0, ()), path.name
        assert "的" in found.text


def test_real_texts_in_every_charset(texts: list[str]):
    for text in texts:
        for charset in ("utf-8", "gb18030", "utf-16le", "utf-16be"):
            found = decode(text.encode(CODECS[charset]))
            assert (found.text, found.charset, found.mixed) == (text, charset, ())


def test_pages_of_two_charsets(texts: list[str]):
    for text, other in pairwise(texts):
        for outer, inner in (("utf-8", "gb18030"), ("gb18030", "utf-8")):
            page, body = _page(text, other, outer, inner)
            found = decode(body)
            assert (found.text, found.damaged) == (page, 0)
            assert {found.charset, *found.mixed} == {outer, inner}


def _page(text: str, other: str, outer: str, inner: str) -> tuple[str, bytes]:
    pieces = [
        (f"<p>{text[:400]}</p>\n", outer),
        (f"<div>{other[:80]}</div>\n", inner),
        (f"<p>{text[400:800]}</p>", outer),
    ]
    return "".join(piece for piece, _ in pieces), b"".join(piece.encode(CODECS[charset]) for piece, charset in pieces)
