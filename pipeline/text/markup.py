"""HTML as a tree: parsing, visible lines, meta tags, CSS selectors. Judges nothing.

Every walk is a loop, none recurses: pages ten thousand levels deep are real. lxml is imported by whoever imports
this module; submissions never do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree, html
from lxml.cssselect import CSSSelector, SelectorError

Tree = html.HtmlElement

# What libxml2 cannot hold (half surrogates aside), and the XML declaration that would contradict the text's real form.
_CONTROLS = bytes({*range(0x20)} - set(b"\t\n\r"))
_NO_CHARACTERS = "\ufffe".encode(), "\uffff".encode()
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
# A header put in from a file of its own ends page and body in their middle; what comes after belongs to them
# (HTML Living Standard, 13.2.6.4.19 "after body"), where libxml2 drops it. What comes after the last end, in the
# second half, was put there by others, and stays dropped.
_ENDS = b"</html", b"</body"
_ENDED = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
# Every element is of one class: asking Python which for each takes as long as a walk.
_ONE_CLASS = etree.ElementDefaultClassLookup(element=html.HtmlElement)
SILENT = frozenset({"script", "style", "noscript", "template", "head", "iframe", "object", "select", "textarea"})
_CODE = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile("<[^>]*(?:>|$)")
BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd div dl dt fieldset figcaption figure footer form h1 h2 "  # noqa: SIM905
    "h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)


def parse(text: str) -> Tree | None:
    """The tree of a page; None when nothing in it is an element. Never raises."""
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        tree = html.document_fromstring(_bytes(text), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    return tree if isinstance(tree, html.HtmlElement) else None


def _bytes(text: str) -> bytes:
    """The page in UTF-8 as libxml2 can read all of it."""
    page = _DECLARATION.sub("", text, count=1).encode(errors="ignore").translate(None, _CONTROLS)
    for one in _NO_CHARACTERS:
        page = page.replace(one, b"")
    low = page.lower()
    first = min((at for end in _ENDS if (at := low.find(end)) >= 0), default=len(page))
    last = min((at for end in _ENDS if (at := low.rfind(end)) * 2 > len(page)), default=len(page))
    return page if first >= last else page[:first] + _ENDED.sub(b"", page[first:last]) + page[last:]


def lines(tree: Tree) -> Iterator[str]:
    """The visible lines of a tree, in reading order, blanks joined."""
    parts: list[str] = []
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if element.tag in BLOCKS and parts:
            yield from _line(parts)
            parts = []
        if event == "end":
            parts.append((element.tail or "") if element is not tree else "")
        elif element.tag in SILENT:
            walk.skip_subtree()
        else:
            parts.append(element.text or "")
    yield from _line(parts)


def stripped(text: str) -> str:
    """A page's text without its tags, for pages that no tree can hold."""
    return "\n".join(" ".join(line.split()) for line in _TAG.sub("\n", _CODE.sub("", text)).split("\n") if line.strip())


def selected(tree: Tree, selector: str) -> str | None:
    """The text of what a CSS selector finds; None for nothing. Raises ValueError for a selector that is none."""
    try:
        found = cast("list[Tree]", CSSSelector(selector)(tree))
    except SelectorError as error:
        raise ValueError(selector) from error
    text = "\n".join(line for element in found for line in lines(element))
    return text or None


def metas(tree: Tree) -> dict[str, str]:
    """The page's meta tags: lower-case name or property to content; the first of a name stays."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("name") or element.get("property") or "").strip().lower()
        if name and (content := (element.get("content") or "").strip()):
            found.setdefault(name, content)
    return found


def _line(parts: list[str]) -> Iterator[str]:
    if line := " ".join("".join(parts).split()):
        yield line
