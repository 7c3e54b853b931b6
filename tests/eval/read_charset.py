"""Charset: files of known charset, and every page of the real site."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from pipeline.text import charset
from tests.benchmarks.figures import Figure, at_least
from tests.eval.material import pace, real, rows

NAMES = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5", "utf-8": "utf-8"}


def figures() -> Iterator[Figure]:
    """Right on every file, and the speed beside charset-normalizer."""
    given = [
        ((real() / "charset" / row["file"]).read_bytes(), NAMES[row["true_charset"].lower()])
        for row in rows("charset/index.jsonl")
    ]
    right = sum(charset.decode(body).charset == name for body, name in given)
    yield at_least("files of known charset right", right / len(given), 1.0, f" ({right} of {len(given)})")
    pages = [path.read_bytes() for path in sorted((real() / "site" / "pages").iterdir())]
    library = import_module("charset_normalizer")
    own, other, ratio = pace(
        lambda: [charset.decode(body) for body in pages], lambda: [library.from_bytes(body).best() for body in pages]
    )
    more = f" ({len(pages)} pages: {own * 1e3:.0f} and {other * 1e3:.0f} ms)"
    yield at_least("speed / charset-normalizer's", ratio, 20, more)
