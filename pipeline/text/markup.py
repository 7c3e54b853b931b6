"""HTML as a tree: parsing, visible lines, meta tags, CSS selectors, layout tables unfolded. Judges nothing.

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
_SILENT = frozenset({"script", "style", "noscript", "template", "head", "iframe", "object", "select", "textarea"})
_CODE = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile("<[^>]*(?:>|$)")
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd div dl dt fieldset figcaption figure footer form h1 h2 "  # noqa: SIM905
    "h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)
_PARTS = ("table", "tbody", "thead", "tfoot", "tr", "td", "th")
# A cell with this many paragraphs or line breaks is layout: tables of data hold words and numbers.
_LAYOUT_BREAKS = 4


def parse(text: str) -> Tree | None:
    """The tree of a page; None when nothing in it is an element. Never raises."""
    plain = _NO_XML.sub("", _DECLARATION.sub("", text, count=1))
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
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
        if element.tag in _BLOCKS and parts:
            yield from _line(parts)
            parts = []
        if event == "end":
            parts.append((element.tail or "") if element is not tree else "")
        elif element.tag in _SILENT:
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


def unfold_layout(tree: Tree) -> None:
    """Turn tables that lay out a page into blocks, so that their paragraphs stay paragraphs. Changes the tree."""
    cells: list[tuple[Tree, int]] = []
    for event, element in etree.iterwalk(tree, events=("start", "end"), tag=("td", "th", "table", "p", "br", "div")):
        if element.tag in ("td", "th"):
            if event == "start":
                cells.append((element, 0))
            elif cells and cells.pop()[1] >= _LAYOUT_BREAKS:
                _unfold(element)
        elif event == "start" and cells:
            cell, breaks = cells[-1]
            cells[-1] = (cell, breaks + (_LAYOUT_BREAKS if element.tag == "table" else 1))


def _unfold(cell: Tree) -> None:
    part: Tree | None = cell
    while part is not None and part.tag in _PARTS:
        table = part.tag == "table"
        part.tag = "div"
        part = None if table else part.getparent()


def _line(parts: list[str]) -> Iterator[str]:
    if line := " ".join("".join(parts).split()):
        yield line
