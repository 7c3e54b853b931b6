"""Facts of a page beside its main text: title, moment of publication, author, source. Never raises.

    read(tree, metas, visible, until, url, neighbours=…, title=…, end=…) -> Facts

What a page tells near its title goes first, then what its head declares, then what it shows elsewhere; but a title,
date or source declared by the meta tags of 国办发〔2017〕47号 stands over what is shown without a label.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.text import facts_byline, facts_declared, facts_lines, facts_moment, facts_title, markup
from pipeline.text.repair import scrub


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a page; `moment` is naive unless the page names an offset. `origins` says of each fact where
    it was found (meta, heading, page title, line, linked data, markup, script, address); more than one agreed."""

    title: str | None = None
    moment: datetime | None = None
    author: str | None = None
    source: str | None = None
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def read(
    tree: markup.Tree,
    metas: Mapping[str, str],
    visible: Sequence[str],
    until: datetime | None = None,
    url: str | None = None,
    *,
    neighbours: Collection[int] = (),
    title: str | None = None,
    end: int | None = None,
) -> Facts:
    """The facts of a page: its tree, meta tags, visible lines, the latest day it can be of, its address, which of the
    lines stand beside a link to another page, a title that a label tells, and the line before which its date stands."""
    declared = facts_declared.read(tree, metas)
    dated = facts_lines.shown(visible[:end], until, neighbours)
    title, entitled = (title, ("line",)) if title else facts_title.read(declared, visible, dated)
    place = facts_lines.place(title, visible, dated)
    moment, on = facts_moment.read(declared, dated, place, until, url)
    windows = facts_byline.windows(visible, place)
    author, by = facts_byline.author(metas, windows)
    source, of = facts_byline.source(metas, windows, declared.linked.get("publisher"))
    origins = {"title": entitled, "moment": on, "author": (by,) if by else (), "source": (of,) if of else ()}
    return Facts(title, moment, scrub(author), scrub(source), origins)
