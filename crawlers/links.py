"""Links of a list page, a feed and a sitemap: bytes in, links out. Pure; asks for nothing and judges no page.

A link carries its text and the date written beside it, as written; `day` is that date read, for `since`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from lxml import etree
from parsel import Selector
from scrapy.http import TextResponse
from scrapy.utils.response import get_base_url
from scrapy.utils.sitemap import Sitemap
from w3lib.url import safe_url_string

from crawlers.catalogue import Start, web_url
from pipeline.clock import SHANGHAI

TEXT_LEAST = 6  # letters and Han of a link's text; with a date beside it, 4 will do (网易商业)
DATED_TEXT_LEAST = 4
CLIMB = 3  # elements above a link in which its date is looked for
DATE = re.compile(r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?|(?<!\d)\d{1,2}-\d{1,2}(?![\d-])")
_YMD = re.compile(r"((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
# What a list links to beside pages; extraction reads HTML alone.
ATTACHMENTS = tuple(
    f".{ending}"
    for ending in (
        *("pdf", "doc", "docx", "wps", "xls", "xlsx", "et", "ppt", "pptx", "ofd"),
        *("zip", "rar", "7z", "jpg", "jpeg", "png", "gif", "mp3", "mp4", "avi", "apk", "exe"),
    )
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page (or, of a sitemap index, to a sitemap)."""

    url: str
    title: str | None = None
    date: str | None = None
    day: date | None = None
    onward: bool = False  # another sitemap, not a page


class Unreadable(ValueError):
    """The start is not what its kind says; the message is the reason, in Chinese."""


def list_links(page: TextResponse, start: Start, zone: ZoneInfo = SHANGHAI) -> list[Link]:
    """The article links of a list page: those `links` selects, else those that look like an article's."""
    base = get_base_url(page)
    anchors = _selected(page.selector, start.links) if start.links else page.xpath("//a[@href]")
    found = (_anchor_link(anchor, base, page.encoding, zone) for anchor in anchors)
    links = [link for link in found if link is not None]
    if not start.links:
        links = [link for link in links if _looks_like_article(link)]
    return _once(links)


def next_link(page: TextResponse, start: Start) -> str | None:
    """The next list page, when `next` selects one that is not this page."""
    for anchor in _selected(page.selector, start.next) if start.next else ():
        url = _joined(get_base_url(page), anchor.attrib.get("href"), page.encoding)
        if url and url.partition("#")[0] != page.url:
            return url
    return None


def feed_links(body: bytes, url: str, zone: ZoneInfo = SHANGHAI) -> list[Link]:
    """The entries of an RSS (0.9 to 2.0) or Atom feed. Raises Unreadable when it is neither."""
    root = _xml(body)
    if root is None or _name(root) not in {"rss", "RDF", "feed"}:
        raise Unreadable("内容不是 RSS 或 Atom，请核对网址")
    entries = (node for node in root.iter() if _name(node) in {"item", "entry"})
    found = (_entry_link(entry, url, zone) for entry in entries)
    return _once(link for link in found if link is not None)


def unpacked(body: bytes, limit: int) -> bytes:
    """A sitemap's bytes, gunzipped if need be. Raises Unreadable when torn or over `limit` bytes."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit)
    except zlib.error as error:
        raise Unreadable("sitemap 的压缩内容已损坏") from error
    if unpacker.unconsumed_tail:
        raise Unreadable(f"sitemap 解压后超过 {limit // 1_000_000} MB")
    return plain


def sitemap_links(body: bytes, url: str, zone: ZoneInfo = SHANGHAI) -> list[Link]:
    """The pages of a sitemap, or the sitemaps (`onward`) of an index. Raises Unreadable when it is neither."""
    try:
        sitemap = Sitemap(body)
        onward = {"sitemapindex": True, "urlset": False}[sitemap.type]
        found = [_located(entry, url, zone, onward=onward) for entry in sitemap]
    except (KeyError, StopIteration, etree.XMLSyntaxError) as error:
        raise Unreadable("内容不是 sitemap，请核对网址") from error
    return _once(link for link in found if link is not None)


def is_attachment(url: str) -> bool:
    """Whether the URL names a document or picture rather than a page."""
    return urlsplit(url).path.lower().endswith(ATTACHMENTS)


def day_in(text: str | None, zone: ZoneInfo = SHANGHAI) -> date | None:
    """The day that a written date names: 2026-11-20, 2026年11月20日, RFC 822, ISO 8601; None when it names none."""
    if not text:
        return None
    if found := _YMD.search(text):
        return _date(*map(int, found.groups()))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.astimezone(zone).date() if moment.tzinfo else moment.date()


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _selected(root: Selector, css: str) -> Iterator[Selector]:
    for node in root.css(css):
        yield from [node] if node.root.tag == "a" else node.css("a[href]")


def _anchor_link(anchor: Selector, base: str, encoding: str, zone: ZoneInfo) -> Link | None:
    url = _joined(base, anchor.attrib.get("href"), encoding)
    if url is None:
        return None
    shown = _squeezed("".join(anchor.root.itertext()))
    # A title cut with … is written out in the attribute.
    title = max(shown, _squeezed(anchor.attrib.get("title", "")), key=len)
    written = _date_beside(anchor.root)
    return Link(url, title or None, written, day_in(written, zone))


def _date_beside(anchor: Any) -> str | None:
    node = anchor
    for _ in range(CLIMB + 1):
        if node is None or (node is not anchor and len({a.get("href") for a in node.iter("a")}) > 1):
            return None
        if found := DATE.search("".join(_text_beside(node, anchor))):
            return _squeezed(found[0])
        node = node.getparent()
    return None


def _text_beside(node: Any, anchor: Any) -> Iterator[str]:
    # The title's own words may hold a date ("2024-2026规划"); what hangs beside it is meant first.
    if node is anchor:
        yield from (text for child in anchor for text in child.itertext())
        return
    for child in node.iter():
        if not isinstance(child.tag, str):
            continue
        inside = child is anchor or any(above is anchor for above in child.iterancestors())
        yield (child.text or "") if not inside else ""
        yield (child.tail or "") if child is not node and (child is anchor or not inside) else ""
        yield " "


def _looks_like_article(link: Link) -> bool:
    least = DATED_TEXT_LEAST if link.date else TEXT_LEAST
    if sum(char.isalnum() for char in link.title or "") < least:
        return False
    parts = urlsplit(link.url)
    return bool(parts.query) or not re.search(r"(?:^|/)(?:index(?:_\d+)?\.\w+)?$", parts.path)


def _xml(body: bytes) -> Any:
    # Entities stay unresolved and nothing is fetched: a feed is a stranger's file.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    try:
        return etree.parse(BytesIO(body), parser).getroot()
    except etree.XMLSyntaxError:
        return None


def _name(node: Any) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _entry_link(entry: Any, base: str, zone: ZoneInfo) -> Link | None:
    fields: dict[str, str] = {}
    for child in entry:
        name = _name(child)
        if name == "link" and child.get("rel", "alternate") != "alternate":
            continue
        value = child.get("href") if name == "link" and child.get("href") else "".join(child.itertext())
        fields.setdefault(name, value.strip())
    url = _joined(base, fields.get("link") or _permalink(fields.get("guid")))
    written = next((fields[name] for name in ("pubDate", "published", "date", "updated") if fields.get(name)), None)
    return Link(url, _squeezed(fields.get("title", "")) or None, written, day_in(written, zone)) if url else None


def _permalink(guid: str | None) -> str | None:
    return guid if guid and guid.startswith(("http://", "https://")) else None


def _located(entry: dict[str, Any], base: str, zone: ZoneInfo, *, onward: bool) -> Link | None:
    url = _joined(base, entry.get("loc"))
    written = entry.get("lastmod") or None
    return Link(url, None, written, day_in(written, zone), onward) if url else None


def _joined(base: str, href: str | None, encoding: str = "utf-8") -> str | None:
    if not href or not href.strip():
        return None
    try:
        # A page's own charset names its query's bytes, as in browsers.
        return web_url(safe_url_string(urljoin(base, href.strip()), encoding))
    except ValueError:
        return None


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _once(links: Iterable[Link]) -> list[Link]:
    return list({link.url: link for link in reversed(list(links))}.values())[::-1]
