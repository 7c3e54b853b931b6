"""Articles split over pages: where the next page lies, and the parts' texts joined.

    next_page(tree, here) -> str | None
    join(texts) -> str

The address is as the page writes it, relative or not; whoever fetches resolves it. Linear, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pipeline.text import markup

_NEXT = re.compile(
    r"[\s\[【(（]{0,3}(?:下一?页|后一?页|下一页继续|阅读下一页|next(?: page)?)[\s\]】)）>›»→]{0,4}", re.IGNORECASE
)
_NUMBER = re.compile(r"[\s\[【(（第]{0,3}(\d{1,3})[\s\]】)）页]{0,3}")
# What tells one part's address from another's: a number at the end of the name, or in the query.
_PART = re.compile(
    r"(?P<stem>[^?#]{1,1500}?)[_-](?P<name>\d{1,3})(?:\.[a-z]{2,6})?(?:[?#]|$)"
    r"|(?P<path>[^?#]{0,1500})\?(?:[^#]{0,400}&)?(?:page|p|pageno|pn|currentpage|pageindex)=(?P<query>\d{1,3})(?:[&#]|$)",
    re.IGNORECASE,
)
_LONGEST_ADDRESS = 2000
_LONGEST_LABEL = 12
_FEWEST = 3  # linked parts from which all are taken to be: [1] [2] and no more may stand on the third
_MOST_PIECES = 5  # of a link's text
_SHORT = 20  # characters of blanks that a link may begin with
_HEAD = 6  # lines at a part's head that may repeat the first part's


def next_page(tree: markup.Tree, here: str | None = None) -> str | None:
    """The address of the article's next page; None on the last, and where nothing says so. `here` is the page's own:
    where every part is linked, the present one among them, it tells which that is; without it the first is meant."""
    articles: dict[str, dict[int, str]] = {}  # by what their parts' addresses have in common
    for label, address in _links(tree):
        stem, part = _parted(address)
        if part and _NEXT.fullmatch(label):
            return address
        # The first part's address has no number; the second's is 1 or 2.
        if (match := _NUMBER.fullmatch(label)) and int(match[1]) in (part, part + 1):
            articles.setdefault(stem, {}).setdefault(int(match[1]), address)
    return _after_gap(max(articles.values(), key=len), here) if articles else None


def _links(tree: markup.Tree) -> Iterator[tuple[str, str]]:
    """Labels and addresses of the links that may lead to a part."""
    for link in tree.iter("a"):
        label = link.text
        if label is None or (len(label) < _SHORT and not label.strip()):
            label = "".join(islice(link.itertext(), _MOST_PIECES))
        label = label.strip()
        if len(label) > _LONGEST_LABEL or not (_NEXT.match(label) or _NUMBER.match(label)):
            continue
        address = (link.get("href") or "").strip()
        if address and len(address) <= _LONGEST_ADDRESS and not address.startswith(("#", "javascript:")):
            yield label, address


def _parted(address: str) -> tuple[str, int]:
    """What an address has in common with those of its article's other parts, and the number of the part; 0 for none."""
    if match := _PART.match(address):
        return match["stem"] or match["path"], int(match["name"] or match["query"])
    path = address.partition("#")[0].partition("?")[0]
    return path.rpartition(".")[0] or path, 0


def _after_gap(numbered: dict[int, str], here: str | None) -> str | None:
    """The page after the present one: of [1] [2] [3] the one that is no link, or that leads here."""
    alone = len(numbered) == 1 and next(iter(numbered.values())).startswith(("http:", "https:", "//"))
    if alone:  # a number that leads elsewhere counts comments
        return None
    present = next(number for number in range(1, len(numbered) + 2) if number not in numbered)
    if present > max(numbered) and 1 in numbered and present > _FEWEST:
        own = (here or numbered[1]).rpartition("/")[2]
        present = next((number for number, to in numbered.items() if to.rpartition("/")[2] == own), present)
    return numbered.get(present + 1)


def join(texts: Sequence[str]) -> str:
    """One text of the parts, in order: parts that are there already, heads that every part repeats and lines that end
    one part and begin the next are kept once."""
    joined: list[str] = []
    seen: set[str] = set()
    for text in texts:
        if text in seen or not text:
            continue
        seen.add(text)
        joined.extend(_new(joined, text.split("\n")))
    return "\n".join(joined)


def _new(joined: Sequence[str], lines: Sequence[str]) -> Sequence[str]:
    """What of a part's lines is not there yet."""
    first = joined[:_HEAD]
    start = 0
    while start < min(_HEAD, len(lines)) and lines[start] in first:
        start += 1
    for count in range(min(_HEAD, len(joined), len(lines) - start), 0, -1):
        if list(joined[-count:]) == list(lines[start : start + count]):
            return lines[start + count :]
    return lines[start:]
