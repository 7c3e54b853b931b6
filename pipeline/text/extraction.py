"""Extraction: a page's text (HTML) to main text, title, date, author, source, and how sure that is.

    extract(text, selectors=…, until=…) -> Page | None

The main text is that of `pipeline.text.maintext`. A catalogue's selectors win over every rule. When no line is worth
anything, the visible lines stand in and the confidence says so. Never raises; None: the page has no text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.text import dates, facts, maintext, maintext_blocks, markup
from pipeline.text.charset import readable
from pipeline.text.repair import scrub

_SHORT = 120  # characters; a shorter main text is often a notice of the site, not the article


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
    blocks = maintext_blocks.read(tree)
    visible = tuple(line.text for line in blocks.lines)
    if not visible:
        return _without_tree(text)
    chosen, notes = _chosen(tree, selectors or {})
    metas = markup.metas(tree)
    title = scrub(chosen.get("title")) or facts.title(tree, metas)
    moment = dates.read(chosen.get("date", "")) or facts.moment(tree, text, metas, visible, until)
    main, sure = (chosen["text"], 1.0) if "text" in chosen else _main(blocks, title, visible)
    return Page(
        text=main,
        title=title,
        moment=moment,
        author=facts.author(metas, visible),
        source=facts.source(metas, visible),
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


def _main(blocks: maintext_blocks.Blocks, title: str | None, visible: Sequence[str]) -> tuple[str, float]:
    """The main text and how far it is to be trusted: less for the visible lines that stand in for it."""
    found = maintext.find(blocks, title)
    return (found.text, 1.0) if found.text else ("\n".join(visible), 0.4)


def _confidence(main: str, title: str | None, visible: Sequence[str], sure: float) -> float:
    """0 to 1: long enough, a fair share of what is seen, in words, with a title, not full of holes."""
    seen = sum(map(len, visible)) or 1
    length = len(main) or 1
    long_enough = min(1.0, 0.4 + 0.6 * length / _SHORT)
    share = min(1.0, 0.5 + 5 * length / seen)
    words = min(1.0, 6 * readable(main[:5000]))
    whole = max(0.0, 1 - 5 * main.count("\ufffd") / length)
    return round(sure * long_enough * share * words * whole * (1.0 if title else 0.8), 3)
