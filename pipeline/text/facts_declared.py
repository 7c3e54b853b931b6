"""What a page declares about itself in its head and scripts: meta tags, JSON-LD, microdata, variables, address.

The names of meta tags are those of 国办发〔2017〕47号, annex 2 (SiteName, ArticleTitle, PubDate, ContentSource,
Author), Open Graph, Dublin Core, schema.org, and the editors' own that are common on Chinese sites.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import cast

from lxml import etree

from pipeline.text import dates, markup
from pipeline.text.dates import Written

STANDARD_TITLE = "articletitle"
STANDARD_DATE = "pubdate"
TITLES = ("og:title", "twitter:title", "title", "dc.title", "apub:title", "headline", "sharetitle")
SITES = ("sitename", "og:site_name", "application-name", "columnname")
PUBLISHED = (
    "publishdate", "article:published_time", "og:published_time", "og:release_date", "og:time", "datepublished",
    "firstpublishedtime", "publish_time", "publishtime", "pubtime", "weibo: article:create_at", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date.created", "bytedance:published_time", "apub:time", "createdate",
    "createtime", "releasedate", "date", "dc.date",
)  # fmt: skip
UPDATED = ("dateupdate", "article:modified_time", "og:updated_time", "datemodified", "bytedance:updated_time",
           "weibo: article:update_at", "lastmodified", "dcterms.modified")  # fmt: skip
AUTHORS = ("author", "article:author", "dc.creator", "og:article:author")
SOURCES = ("contentsource", "mediaid", "source", "og:article:source", "article:source", "docsource")
_LONGEST_URL = 500
_LONGEST_TITLE = 500
_MOST_SCRIPT = 200_000  # characters of script looked through
_JSON = re.compile(
    r'"(datePublished|dateCreated|pubDate|upDate|dateModified|headline)"\s{0,4}:\s{0,4}"([^"\\<]{2,200})"'
)
_PUBLISHER = re.compile(
    r'"publisher"\s{0,4}:\s{0,4}\{(?:[^{}"]{0,20}"[^"{}]{0,20}"\s{0,4}:\s{0,4}"[^"{}]{0,200}"){0,4}?[^{}"]{0,20}"name"\s{0,4}:'
    r'\s{0,4}"([^"\\<]{2,60})"'
)
# A date or the seconds since 1970 that something is set to, and names of what is set to the time of publication.
_ASSIGNED = re.compile(r"[:=]\s{0,3}[\"']?((?:19|20)[0-9]{2}[-/.年0-9][^\"'\n;]{4,24}|1[0-9]{9}(?:[0-9]{3})?(?![0-9]))")
_OF_PUBLICATION = re.compile(
    r"(?:pub_?(?:lish)?_?(?:time|date|ed)|publish_?at|create_?(?:d_?)?(?:time|at)|release_?(?:time|date)|news_?time|"
    r"article_?(?:time|date)|post_?time|\bct|\bptime)[\"']?\s{0,3}$",
    re.IGNORECASE,
)
_LONGEST_NAME = 24
_CARRIERS = etree.XPath(
    "//time[@datetime] | //*[@itemprop][contains(@itemprop, 'date')] | //*[@data-time or @data-date or @data-timestamp]"
    " | //span[starts-with(@title, '20')] | //*[self::textarea or self::input][contains(@class, 'time')"
    " or contains(@id, 'ime') or contains(@name, 'ime') or contains(@id, 'ubdate') or contains(@name, 'ubdate')]"
)
_ACCOUNT = etree.XPath(".//*[@id='js_name']")
_CARRYING = ("datetime", "data-time", "data-date", "data-timestamp", "content", "title", "value")
_MOST_CARRIERS = 20
_LATE = re.compile("modif|update", re.IGNORECASE)
_YEAR = "(?<![0-9])((?:19|20)[0-9]{2})"
_ADDRESSES = (
    re.compile(_YEAR + r"[-/_]?([01][0-9])[-/_]?([0-3][0-9])(?=[/_.\-]|$)"),  # /2024-01/05/ /2024/0105/ /20240105/
    re.compile(_YEAR + r"([01][0-9])([0-3][0-9])[0-9]{0,8}(?![0-9])"),
    re.compile(_YEAR + "/([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/"),  # /art/2024/1/5/art_1.html
)
_MARKS = re.compile("<[^>]{0,200}>")
_CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Declared:
    """What a page says of itself: meta tags by name, JSON-LD by key, `<title>`, and the elements to look into."""

    tree: markup.Tree
    metas: Mapping[str, str]
    linked: Mapping[str, str]
    title: str
    headings: tuple[markup.Tree, ...]
    scripts: tuple[markup.Tree, ...]
    addresses: tuple[str, ...]


def values(metas: Mapping[str, str], names: Sequence[str]) -> Iterator[str]:
    """What the meta tags of those names hold, without marks and entities."""
    for name in names:
        if value := metas.get(name):
            plain = _MARKS.sub(" ", html.unescape(value)) if "&" in value or "<" in value else value
            if plain := " ".join(plain.split()):
                yield plain


def read(tree: markup.Tree, metas: Mapping[str, str]) -> Declared:
    """What a page declares, by one walk over its tree."""
    parts: dict[str, list[markup.Tree]] = {}
    for element in tree.iter("title", "script", "link", "h1", "h2", "h3"):
        parts.setdefault(cast("str", element.tag), []).append(element)
    linked = _linked(parts.get("script", ()))
    if account := _account(parts.get("h1", ()), parts.get("h2", ())):
        linked.setdefault("publisher", account)
    titles = (" ".join((element.text or "")[:_LONGEST_TITLE].split()) for element in parts.get("title", ()))
    links = (element.get("href") or "" for element in parts.get("link", ()) if element.get("rel") == "canonical")
    return Declared(
        tree=tree,
        metas=metas,
        linked=linked,
        title=next(filter(None, titles), ""),
        headings=(*parts.get("h1", ()), *parts.get("h2", ()), *parts.get("h3", ())),
        scripts=tuple(parts.get("script", ())),
        addresses=tuple(filter(None, (*links, metas.get("og:url")))),
    )


def _linked(scripts: Sequence[markup.Tree]) -> dict[str, str]:
    """JSON-LD's headline, dates and publisher; the first of a name stays. By pattern: it is often no valid JSON."""
    found: dict[str, str] = {}
    for script in scripts:
        if "json" in (script.get("type") or "") and (text := script.text):
            for name, value in _JSON.findall(text[:_MOST_SCRIPT]):
                found.setdefault(name, html.unescape(value))
            if publisher := _PUBLISHER.search(text[:_MOST_SCRIPT]):
                found.setdefault("publisher", html.unescape(publisher[1]))
    return found


def _account(*headings: Sequence[markup.Tree]) -> str | None:
    """The name of the public account (微信公众号) that published the page: beside the heading of its article."""
    heading = next((one for some in headings for one in some if one.get("id") == "activity-name"), None)
    around = heading.getparent() if heading is not None else None
    names = cast("list[markup.Tree]", _ACCOUNT(around)) if around is not None else []
    return next((plain for name in names if (plain := " ".join("".join(markup.lines(name)).split()))), None)


def marked(tree: markup.Tree) -> Iterator[tuple[str, Written]]:
    """Dates that elements carry in attributes, and hidden fields: published, or updated."""
    for element in cast("list[markup.Tree]", _CARRIERS(tree))[:_MOST_CARRIERS]:
        value = next((value for name in _CARRYING if (value := element.get(name))), element.text or "")
        if found := _moment(value.strip()[:40]):
            late = _LATE.search(f"{element.get('itemprop')} {element.get('class')} {element.get('name')}")
            yield "updated" if late else "published", found


def variables(scripts: Sequence[markup.Tree]) -> Iterator[Written]:
    """The date that scripts assign to variables named for publication; none when they name several days: data on other
    pages is like that."""
    found: list[Written] = []
    left = _MOST_SCRIPT
    # A page's own values stand in short scripts; the long ones are libraries.
    for whole in sorted((script.text or "" for script in scripts), key=len):
        text = whole[: max(left, 0)]
        left -= len(text)
        for match in _ASSIGNED.finditer(text):
            name = text[max(match.start() - _LONGEST_NAME, 0) : match.start()]
            if _OF_PUBLICATION.search(name) and (moment := _moment(match[1])):
                found.append(moment)
    if len({one.moment.date() for one in found}) == 1:
        yield max(found, key=lambda one: one.clocked)


def in_address(url: str) -> datetime | None:
    """The day in a page's address: /2024-01/05/, /20240105/, /202401/t20240105_1.html."""
    matches = (match for rule in _ADDRESSES for match in rule.finditer(url[:_LONGEST_URL]))
    return next((moment for match in matches if (moment := dates.read("-".join(match.groups())))), None)


def _moment(value: str) -> Written | None:
    if not (value.isdigit() and value[0] == "1" and len(value) in (10, 13)):
        return dates.find(value)
    moment = datetime.fromtimestamp(int(value[:10]), UTC).astimezone(_CHINA).replace(tzinfo=None)
    return Written(moment, 0, len(value), clocked=True)
