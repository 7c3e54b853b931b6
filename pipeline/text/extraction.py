"""Extraction: a page's text (HTML) to main text, title, date, author, source, and how sure that is.

    extract(text, selectors=…, until=…) -> Page | None

The main text is trafilatura's, chosen for precision, after layout tables are unfolded (measured on 50 real pages:
F1 .87 by its defaults, .95 so). A catalogue's selectors win over every rule. When the library fails or finds
nothing, the visible lines stand in and the confidence says so. Never raises; None: the page has no text.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import trafilatura
from htmldate import find_date
from trafilatura.settings import Document

from pipeline.text import dates, markup
from pipeline.text.charset import readable
from pipeline.text.persons import SURNAMES
from pipeline.text.repair import scrub

# Both quote what they read in their warnings, and a page may hold personal data.
for _library in ("trafilatura", "htmldate"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)

# Over these a page is no article: the library would take minutes, the visible lines take none.
_MOST_CHARACTERS = 3_000_000
_MOST_ELEMENTS = 60_000
_SHORT = 120  # characters; a shorter main text is often a notice of the site, not the article
_LONGEST_TITLE = 200
_TITLES = ("articletitle", "og:title", "twitter:title")
_DATES = ("pubdate", "publishdate", "article:published_time", "og:published_time", "og:release_date", "datepublished",
          "firstpublishedtime", "publish_time", "weibo: article:create_at", "date", "dc.date.issued")  # fmt: skip
_AUTHORS = ("author", "article:author", "dc.creator")
_SOURCES = ("contentsource", "mediaid", "source", "og:article:source", "article:source")
_JSON_DATE = re.compile(r'"(?:datePublished|pubDate)"\s{0,4}:\s{0,4}"([0-9T:.+Z /-]{8,40})"')
_LABELLED_DATE = re.compile(
    "(?:发布|发表|发文|发稿|刊发|更新|上传|时)(?:日期|时间|于|间)[:：\\s]{0,4}((?:19|20)[0-9]{2}[^\\n]{4,24})"
)
_CLOCKED_DATE = re.compile(
    r"(?:19|20)[0-9]{2}\s?[-/.年]\s?[0-9]{1,2}\s?[-/.月]\s?[0-9]{1,2}\s?日?\s{0,3}[0-2]?[0-9][:：][0-5][0-9]"
)
_SOURCE = re.compile(r"(?:信息来源|文章来源|稿件来源|来源)\s?[:：]\s{0,3}([^\s|｜:：，。,;；<>]{2,30})")
_AUTHOR = re.compile(r"(?:^|[\s|｜（(])作者\s?[:：]\s{0,3}([一-龥·]{2,8}(?:[ 、][一-龥·]{2,4}){0,3})")
# A person, not the medium that many sites put into this meta tag.
_ONE = f"[{SURNAMES}][一-龥·]{{1,3}}"
_PERSON = re.compile(rf"(?:记者|作者|文)?[ :：/]{{0,2}}({_ONE}(?:[ 、,，]{_ONE}){{0,4}})(?<![网报社台刊])(?![一-龥])")
_SUFFIX = re.compile(
    r"(?:\s*[-_|｜—–]{1,3}\s*[^-_|｜—–\s]{2,16}(?:网|频道|资讯|新闻|日报|在线|门户|百科|政府|政协|财经|科技|凤凰网|中文网)){1,3}\s*$"
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. `moment` is naive unless the page names an offset; `visible` are its visible lines."""

    text: str
    title: str | None
    moment: datetime | None
    author: str | None
    source: str | None
    confidence: float
    visible: tuple[str, ...]
    notes: tuple[str, ...] = ()


def extract(text: str, *, selectors: Mapping[str, str] | None = None, until: datetime | None = None) -> Page | None:
    """Main text and facts of a page; `until` is the latest day it can have been published on."""
    tree = markup.parse(text)
    if tree is None:
        return _without_tree(text)
    visible = tuple(markup.lines(tree))
    if not visible:
        return _without_tree(text)
    chosen, notes = _chosen(tree, selectors or {})
    metas = markup.metas(tree)
    title = scrub(chosen.get("title")) or _title(tree, metas)
    moment = dates.read(chosen.get("date", "")) or _moment(tree, text, metas, visible, until)
    main, sure = (chosen["text"], 1.0) if "text" in chosen else _main(tree, text, visible)
    return Page(
        text=main,
        title=title,
        moment=moment,
        author=_author(metas, visible),
        source=_source(metas, visible),
        confidence=_confidence(main, title, visible, sure),
        visible=visible,
        notes=notes,
    )


def _without_tree(text: str) -> Page | None:
    plain = markup.stripped(text)
    return Page(plain, None, None, None, None, 0.1, tuple(plain.split("\n"))) if plain else None


def _chosen(tree: markup.Tree, selectors: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """What the catalogue's selectors find, and a note for each that finds nothing."""
    found: dict[str, str] = {}
    notes: list[str] = []
    for part, selector in selectors.items():
        try:
            value = markup.selected(tree, selector)
        except ValueError:
            notes.append(f"目录中 article.{part} 的选择器“{selector}”写法不对，已按通用规则抽取")
            continue
        if value:
            found[part] = value
        else:
            notes.append(f"目录中 article.{part} 的选择器“{selector}”在本页没有找到内容，已按通用规则抽取")
    return found, tuple(notes)


def _main(tree: markup.Tree, text: str, visible: Sequence[str]) -> tuple[str, float]:
    """The main text and how far its maker is to be trusted: 1 the library, less for what stands in for it."""
    if len(text) <= _MOST_CHARACTERS and not _crowded(tree):
        markup.unfold_layout(tree)
        if main := _by_library(tree):
            return main, 1.0
    return "\n".join(visible), 0.4


def _crowded(tree: markup.Tree) -> bool:
    return any(number >= _MOST_ELEMENTS for number, _ in enumerate(tree.iter()))


def _by_library(tree: markup.Tree) -> str:
    try:
        found = trafilatura.bare_extraction(tree, include_comments=False, favor_precision=True, with_metadata=False)
    except Exception:  # noqa: BLE001 - RecursionError on deep pages, lxml's errors on odd ones; the lines stand in
        return ""
    text = found.text if isinstance(found, Document) else None
    return "\n".join(" ".join(line.split()) for line in (text or "").split("\n") if line.strip())


def _title(tree: markup.Tree, metas: Mapping[str, str]) -> str | None:
    """The title as meta tags name it, else the only main heading, else the page's own less the site's name."""
    named = [metas[name] for name in _TITLES if name in metas]
    headings = [line for heading in tree.iter("h1") if (line := " ".join(markup.lines(heading)))]
    named += headings[:1] if len(headings) == 1 else []
    named += [element.text or "" for element in tree.iter("title")][:1] + headings[:1]
    named += [line for heading in tree.iter("h2") if (line := " ".join(markup.lines(heading)))][:1]
    title = next((short for name in named if (short := scrub(name))), "")[:_LONGEST_TITLE]
    return scrub(_SUFFIX.sub("", title)) or title or None


def _moment(
    tree: markup.Tree, text: str, metas: Mapping[str, str], visible: Sequence[str], until: datetime | None
) -> datetime | None:
    """The publication's moment: as meta tags name it, else as the page shows it, else as htmldate finds it."""
    named = [metas[name] for name in _DATES if name in metas]
    named += [match[1] for match in _JSON_DATE.finditer(text, 0, _MOST_CHARACTERS)][:1]
    shown = "\n".join(visible[:400])
    named += [match[1] for match in _LABELLED_DATE.finditer(shown)][:1]
    named += [match[0] for match in _CLOCKED_DATE.finditer(shown)][:1]
    found = next((moment for value in named if (moment := dates.read(value))), None)
    return found or (None if len(text) > _MOST_CHARACTERS else _by_htmldate(tree, until))


def _by_htmldate(tree: markup.Tree, until: datetime | None) -> datetime | None:
    try:
        return dates.read(find_date(tree, original_date=True, max_date=until, deferred_url_extractor=True) or "")
    except Exception:  # noqa: BLE001 - as for the main text: a page without a date is no fault
        return None


def _author(metas: Mapping[str, str], visible: Sequence[str]) -> str | None:
    source = _source(metas, visible) or ""
    named = [metas[name] for name in _AUTHORS if name in metas]
    named += [match[1] for line in visible[:400] if (match := _AUTHOR.search(line[:300]))]
    persons = (match[1] for name in named if (match := _PERSON.match(name)))
    return next((name for name in persons if name not in source), None)


def _source(metas: Mapping[str, str], visible: Sequence[str]) -> str | None:
    named = [metas[name].removeprefix("来源：") for name in _SOURCES if name in metas and len(metas[name]) <= _SHORT]
    shown = (match[1] for line in visible[:400] if (match := _SOURCE.search(line[:300])))
    return scrub(next(iter([*named, *shown]), None))


def _confidence(main: str, title: str | None, visible: Sequence[str], sure: float) -> float:
    """0 to 1: long enough, a fair share of what is seen, in words, with a title, not full of holes."""
    seen = sum(map(len, visible)) or 1
    length = len(main) or 1
    long_enough = min(1.0, 0.4 + 0.6 * length / _SHORT)
    share = min(1.0, 0.5 + 5 * length / seen)
    words = min(1.0, 6 * readable(main[:5000]))
    whole = max(0.0, 1 - 5 * main.count("\ufffd") / length)
    return round(sure * long_enough * share * words * whole * (1.0 if title else 0.8), 3)
