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

# What libxml2 cannot hold, and the XML declaration that would contradict the text's real form.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
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
    plain = _NO_XML.sub("", _DECLARATION.sub("", text, count=1))
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        tree = html.document_fromstring(plain.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    return tree if isinstance(tree, html.HtmlElement) else None


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
