"""Main text of the real site's pages: beside trafilatura on the same decoded text; what confidence tells good and bad
pages apart by, on pages as they are, with their article taken out, and on lists of links."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from pipeline.steps.clean import CleanRules
from pipeline.text import charset, extraction, maintext, maintext_blocks, markup
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.eval.material import pace, real, rows

BAD = 0.8  # character F1 under which a page is bad
NOTICE = "请登录后查看更多内容，如有疑问请联系网站管理员。"
SHORT = 8  # characters; shorter pieces of the gold stand elsewhere on a page too


@dataclass(frozen=True, slots=True)
class Given:
    """A page, decoded, and what is known of its main text."""

    name: str
    html: str
    text: str
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]


def characters(text: str) -> Counter[str]:
    """Its characters, blanks left out, by NFKC."""
    return Counter(plain(text))


def grams(text: str) -> Counter[str]:
    """Its runs of three characters, the same way."""
    whole = plain(text)
    return Counter(whole[at : at + 3] for at in range(len(whole) - 2))


def plain(text: str) -> str:
    """Without blanks, by NFKC."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if not char.isspace())


def f1(found: Counter[str], gold: Counter[str]) -> float:
    """Of two multisets."""
    both = sum(found.values()) + sum(gold.values())
    return 2 * sum((found & gold).values()) / both if both else 0.0


@lru_cache(maxsize=1)
def given() -> tuple[Given, ...]:
    """The pages with gold."""
    found = []
    for row in rows("site-gold.jsonl"):
        html = charset.decode((real() / "site" / row["page"]).read_bytes()).text
        phrases = (tuple(row.get(name) or ()) for name in ("must_have", "must_not_have"))
        found.append(Given(row["page"], html, row["text"] or "", *phrases))
    return tuple(found)


def ours(html: str) -> str:
    """The main text by rule; nothing else of the page is read."""
    tree = markup.parse(html)
    return maintext.find(maintext_blocks.read(tree)).text if tree is not None else ""


def defaults(html: str) -> str:
    """trafilatura's, as it comes."""
    return import_module("trafilatura").extract(html) or ""


def precise(html: str) -> str:
    """trafilatura's, favouring precision."""
    return import_module("trafilatura").extract(html, favor_precision=True) or ""


def figures() -> Iterator[Figure]:
    """Both F1s, the phrases people named, the speed, and what the confidence holds back."""
    yield from _f1s()
    yield from _phrases()
    pages = [page.html for page in given()]
    own, other, ratio = pace(lambda: [ours(html) for html in pages], lambda: [defaults(html) for html in pages], 3)
    more = f" ({len(pages)} pages: {own * 1e3:.0f} and {other * 1e3:.0f} ms, parsing among them)"
    yield at_least("main text: speed / trafilatura's", ratio, 5, more)
    yield from _confidence()


def _f1s() -> Iterator[Figure]:
    pages = [page for page in given() if page.text]
    makers: tuple[Callable[[str], str], ...] = (ours, defaults, precise)
    for name, measure, goal in (("character F1", characters, 0.97), ("3-gram F1", grams, 0.96)):
        own, plainly, precisely = (
            sum(f1(measure(make(page.html)), measure(page.text)) for page in pages) / len(pages) for make in makers
        )
        more = f" ({len(pages)} pages; trafilatura {plainly:.3f}, favouring precision {precisely:.3f})"
        yield at_least(f"main text: {name}", own, goal, more)


def _phrases() -> Iterator[Figure]:
    pages = [(page, ours(page.html)) for page in given()]
    had = [phrase in text for page, text in pages for phrase in page.wanted]
    extra = [phrase in text for page, text in pages for phrase in page.unwanted]
    yield at_least("phrases that must be there", sum(had) / len(had), 0.9, f" (of {len(had)})")
    yield at_most("phrases that must not", sum(extra) / len(extra), 0.1, more=f" (of {len(extra)})")


def _confidence() -> Iterator[Figure]:
    least = CleanRules().min_confidence
    sure = [(score, _sure(html)) for score, html in _judged()]
    bad = [one for score, one in sure if score < BAD]
    good = [one for score, one in sure if score >= BAD]
    held, wrongly = sum(one < least for one in bad), sum(one < least for one in good)
    yield at_least("bad pages under the threshold", held / len(bad), 0.8, f" ({held} of {len(bad)})")
    yield at_most("good pages under it", wrongly / len(good), 0.05, more=f" ({wrongly} of {len(good)})")


def _judged() -> Iterator[tuple[float, str]]:
    """Pages and how well they are read: as they are; without their article, or a notice in its place; lists."""
    for page in given():
        if page.text:
            yield f1(characters(ours(page.html)), characters(page.text)), page.html
            yield 0.0, without(page, "")
            yield 0.0, without(page, NOTICE)
    for name in ("index", "list_2", "list_3", "list_4"):
        yield 0.0, charset.decode((real() / "site" / f"{name}.html").read_bytes()).text


def without(page: Given, notice: str) -> str:
    """The page with what its article says taken out, and a notice where it began."""
    tree, gold = markup.parse(page.html), plain(page.text)
    assert tree is not None
    for element in tree.iter():
        if element.tag in markup.SILENT or element.tag in ("title", "meta"):
            continue
        if (text := plain(element.text or "")) and len(text) > SHORT and text in gold:
            element.text, notice = notice, ""
        if (text := plain(element.tail or "")) and len(text) > SHORT and text in gold:
            element.tail, notice = notice, ""
    return markup.html.tostring(tree, encoding="unicode")


def _sure(html: str) -> float:
    page = extraction.extract(html)
    return page.confidence if page else 0.0
