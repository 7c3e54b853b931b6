"""Parts: the pages over which a site has split one text. Which link leads on, and what has been gathered.

Sites number the parts in the address: `t123.html`, `t123_2.html` (or `_1`: some begin to count at nought), `?page=2`.
A link leads on when its words say so and its address is the first part's with a number that has not been asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

from scrapy.http import Response, TextResponse
from scrapy.utils.response import get_base_url

_ONWARD = re.compile(
    r"[\[【(（]?\s{0,2}(?:下一?页|后一?页|[>＞»›]{1,2}|next)\s{0,2}[>＞»›]{0,2}[\]】)）]?", re.IGNORECASE
)
_NUMBER = re.compile(r"[0-9]{1,2}")
_NUMBERED = re.compile(r"(.{1,200}?)[_-]([0-9]{1,2})(\.[a-z]{3,5}|/)?", re.DOTALL)
_NAME = re.compile(r"(.{1,200}?)(\.[a-z]{3,5}|/)?", re.DOTALL)
_PAGE_KEYS = ("page", "p", "pageno", "pn", "currentpage")
# Pages of links, which go on as well and are no text.
_LISTS = re.compile(r"(?:index|list|default|main|col\d*|node_\d+)", re.IGNORECASE)


@dataclass
class Parts:
    """What was fetched of one page, in order."""

    first: Response
    bodies: list[bytes] = field(default_factory=list[bytes])
    asked: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, response: Response) -> Parts:
        """A page by itself."""
        return cls(response, [response.body], {response.url})

    def add(self, response: Response) -> None:
        """The next part; one that says what an earlier one said is the end, not a part."""
        if response.body not in self.bodies:
            self.bodies.append(response.body)

    @property
    def size(self) -> int:
        """Bytes of all."""
        return sum(map(len, self.bodies))

    @property
    def sizes(self) -> list[int]:
        """Bytes of each; nothing when it is one page."""
        return [len(body) for body in self.bodies] if len(self.bodies) > 1 else []

    def onward(self, response: Response) -> str | None:
        """The address of the part after `response`, the newest one; it counts as asked for."""
        if not isinstance(response, TextResponse):
            return None
        number, base = len(self.bodies) + 1, get_base_url(response)
        for anchor in response.xpath("//a[@href]"):
            if not _leads_on(anchor.xpath("string()").get("").strip()[:20], number):
                continue
            url = urljoin(base, anchor.attrib["href"].strip()).partition("#")[0]
            if url not in self.asked and is_part(url, self.first.url):
                self.asked.add(url)
                return url
        return None


def _leads_on(words: str, number: int) -> bool:
    return bool(_ONWARD.fullmatch(words)) or (_NUMBER.fullmatch(words) is not None and int(words) == number)


def is_part(url: str, first: str) -> bool:
    """Whether the address is the first part's with a number."""
    own, other = urlsplit(first), urlsplit(url)
    if (own.scheme, own.netloc) != (other.scheme, other.netloc):
        return False
    if own.path == other.path:
        return _paged(own.query, other.query)
    folder, _, name = own.path.rpartition("/")
    if own.query != other.query or other.path.rpartition("/")[0] != folder or _LISTS.fullmatch(_stem(name)):
        return False
    numbered = _NUMBERED.fullmatch(other.path.rpartition("/")[2])
    return numbered is not None and numbered[1] == _stem(name) and (numbered[3] or "") == _ending(name)


def _stem(name: str) -> str:
    found = _NAME.fullmatch(name)
    return found[1] if found else name


def _ending(name: str) -> str:
    found = _NAME.fullmatch(name)
    return (found[2] or "") if found else ""


def _paged(own: str, other: str) -> bool:
    """The same query but for a page's number, in a page that a query names."""
    mine, theirs = dict(parse_qsl(own)), dict(parse_qsl(other))
    keys = [key for key in theirs if key.lower() in _PAGE_KEYS and _NUMBER.fullmatch(theirs[key])]
    rest = {key: value for key, value in theirs.items() if key not in keys}
    return bool(keys) and bool(rest) and rest == {key: value for key, value in mine.items() if key not in keys}
