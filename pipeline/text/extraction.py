"""Extraction: a page's text (HTML) to main text, title, date, author, source, and how sure that is.

    extract(text, selectors=…, until=…) -> Page | None

The main text is that of `pipeline.text.maintext`. A catalogue's selectors win over every rule. When no line is worth
anything, the visible lines stand in and the confidence says so. Never raises; None: the page has no text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from pipeline.text import (
    dates,
    facts,
    maintext,
    maintext_blocks,
    maintext_boards,
    maintext_lists,
    maintext_notices,
    maintext_parts,
    maintext_trust,
    markup,
)
from pipeline.text.maintext_blocks import Blocks
from pipeline.text.repair import scrub

# How sure a board's labelled question is, and visible lines or a page without tags that stand in for the main text.
_BOARD, _STAND_IN = 0.95, 0.1
_NOTICE, _LIST = 0.3, 0.3  # the most that a page's notice about itself, and a list with abstracts, are trusted
_MOST_HEADINGS = 20


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. `moment` is naive unless the page names an offset; `visible` are its visible lines. On a
    message board `text` is the question and `reply` the office's answer."""

    text: str
    title: str | None
    moment: datetime | None
    author: str | None
    source: str | None
    confidence: float
    visible: tuple[str, ...]
    notes: tuple[str, ...] = ()
    reply: str | None = None


def extract(
    text: str,
    *,
    selectors: Mapping[str, str] | None = None,
    until: datetime | None = None,
    url: str | None = None,
) -> Page | None:
    """Main text and facts of a page at `url`; `until` is the latest day it can have been published on."""
    tree = markup.parse(text)
    if tree is None:
        return _without_tree(text)
    blocks = maintext_blocks.read(tree)
    visible = tuple(line.text for line in blocks.lines)
    if not visible:
        return _without_tree(text)
    chosen, notes = _chosen(tree, selectors or {})
    beside = maintext_lists.neighbours(blocks)
    board = maintext_boards.part(visible)
    told, end = (board.title, board.end) if board else (None, None)
    found = facts.read(tree, markup.metas(tree), visible, until, url, neighbours=beside, title=told, end=end)
    title = scrub(chosen.get("title")) or found.title
    moment = dates.read(chosen.get("date", "")) or found.moment
    if "text" in chosen:
        main, reply, sure = chosen["text"], chosen.get("reply"), _sure(chosen["text"])
    elif board:
        main, reply, sure = board.question, board.reply, _BOARD * maintext_trust.whole(board.question)
    else:
        reply = None
        main, sure = _main(blocks, title, visible, tree.findtext(".//title") or "")
    return Page(
        text=main,
        title=title,
        moment=moment,
        author=found.author,
        source=found.source,
        confidence=sure,
        visible=visible,
        notes=notes,
        reply=reply,
    )


def whole(pages: Sequence[Page]) -> Page | None:
    """One page of the pages over which a site had split a text: facts and confidence are the first one's, which says
    what the text is."""
    if len(pages) < 2:  # noqa: PLR2004
        return pages[0] if pages else None
    text = maintext_parts.join([page.text for page in pages])
    visible = tuple(line for page in pages for line in page.visible)
    reply = next((page.reply for page in pages if page.reply), None)
    return replace(pages[0], text=text, visible=visible, reply=reply)


def _without_tree(text: str) -> Page | None:
    plain = markup.stripped(text)
    return Page(plain, None, None, None, None, _STAND_IN, tuple(plain.split("\n"))) if plain else None


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


def _main(blocks: Blocks, title: str | None, visible: Sequence[str], own: str) -> tuple[str, float]:
    """The main text and how sure it is; the visible lines when no line is worth anything."""
    found = maintext.find(blocks, title)
    if not found.text:
        return "\n".join(visible), _STAND_IN
    most = _NOTICE if maintext_notices.notice(found.text, [own, title or "", *_headings(blocks)]) else 1.0
    most = _LIST if maintext_lists.abstracts(blocks, found.lines) else most
    sure = maintext_trust.trust(found, title, maintext_trust.stands(blocks, found, title, own))
    return found.text, round(min(most, sure), 3)


def _headings(blocks: Blocks) -> Iterator[str]:
    headings = (line.text for line in blocks.lines if blocks.tags[line.node] in ("h1", "h2"))
    return islice(headings, _MOST_HEADINGS)


def _sure(text: str) -> float:
    return round(maintext_trust.whole(text), 3)
