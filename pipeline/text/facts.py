"""Facts of a page beside its main text: title, moment of publication, author, source. Never raises.

    title(tree, metas) · moment(tree, text, metas, visible, until) · author(metas, visible) · source(metas, visible)

Meta tags go first (国办发〔2017〕47号 names ArticleTitle, PubDate, ContentSource), then what the page shows.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from htmldate import find_date

from pipeline.text import dates, markup
from pipeline.text.persons import SURNAMES
from pipeline.text.repair import scrub

logging.getLogger("htmldate").setLevel(logging.CRITICAL)  # it quotes what it reads, which may be personal data

_MOST_CHARACTERS = 3_000_000  # over which a page is no article and a library would take minutes
_LONGEST_SOURCE = 120
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


def title(tree: markup.Tree, metas: Mapping[str, str]) -> str | None:
    """The title as meta tags name it, else the only main heading, else the page's own less the site's name."""
    named = [metas[name] for name in _TITLES if name in metas]
    headings = [line for heading in tree.iter("h1") if (line := " ".join(markup.lines(heading)))]
    named += headings[:1] if len(headings) == 1 else []
    named += [element.text or "" for element in tree.iter("title")][:1] + headings[:1]
    named += [line for heading in tree.iter("h2") if (line := " ".join(markup.lines(heading)))][:1]
    found = next((short for name in named if (short := scrub(name))), "")[:_LONGEST_TITLE]
    return scrub(_SUFFIX.sub("", found)) or found or None


def moment(
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


def author(metas: Mapping[str, str], visible: Sequence[str]) -> str | None:
    """Who wrote it: persons as meta tags or the page's own lines name them."""
    published_by = source(metas, visible) or ""
    named = [metas[name] for name in _AUTHORS if name in metas]
    named += [match[1] for line in visible[:400] if (match := _AUTHOR.search(line[:300]))]
    persons = (match[1] for name in named if (match := _PERSON.match(name)))
    return next((name for name in persons if name not in published_by), None)


def source(metas: Mapping[str, str], visible: Sequence[str]) -> str | None:
    """The medium or office it is taken from."""
    named = [
        metas[name].removeprefix("来源：") for name in _SOURCES if name in metas and len(metas[name]) <= _LONGEST_SOURCE
    ]
    shown = (match[1] for line in visible[:400] if (match := _SOURCE.search(line[:300])))
    return scrub(next(iter([*named, *shown]), None))
