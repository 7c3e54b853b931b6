"""Lists on a page: the items of links to other pages, whose dates are those pages' and whose abstracts are no article.

    neighbours(blocks) -> frozenset[int]     lines in the item or row of a link
    abstracts(blocks, lines) -> bool         whether lines are those of a list of items with abstracts

Linear in lines and elements: what is asked of an item is asked of a few lines. Never raises.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.text import maintext_rules as rules
from pipeline.text.maintext_blocks import Blocks, Line

_SHORTEST_LINK = 6  # characters of a link that are a title, not a button
_LONGEST_BARE = 12  # characters beside the link and a date
_MOST_LINES, _MOST_LEVELS = 5, 4  # of an item, and from a line up to its item
_ITEMS = frozenset({"li", "tr", "dl"})
_ITEM_TAGS = frozenset({"li", "tr", "dl", "div", "section", "article", "dd"})
_FEWEST = 3  # items of one shape that are a list
_MOST_OF_TEXT = 0.6  # of a text's lines, in items
_ONWARD = re.compile(r"(?:查看|阅读|了解|点击)?(?:详情|详细|全文|更多)|MORE", re.IGNORECASE)
_DATED = re.compile(r"(?:19|20)[0-9]{2}[-/.年][01]?[0-9][-/.月][0-3]?[0-9]")
_YEAR = re.compile("(?:19|20)[0-9]{2}")


def neighbours(blocks: Blocks) -> frozenset[int]:
    """The lines with a year that stand beside a link, in its line or in an item or row of a few lines."""
    return frozenset(
        at
        for at, line in enumerate(blocks.lines)
        if len(line.text) <= rules.LONGEST_FURNITURE
        and _YEAR.search(line.text)
        and (_entry(line) or _in_item(blocks, at))
    )


def _entry(line: Line) -> bool:
    return line.links >= _SHORTEST_LINK and len(line.text) - line.links <= _LONGEST_BARE


def _in_item(blocks: Blocks, at: int) -> bool:
    node = blocks.lines[at].node
    for _ in range(_MOST_LEVELS):
        if node < 0 or blocks.last[node] - blocks.first[node] > _MOST_LINES:
            return False
        if blocks.tags[node] in _ITEMS:
            return any(_entry(line) for line in blocks.lines[blocks.first[node] : blocks.last[node]])
        node = blocks.parents[node]
    return False


def abstracts(blocks: Blocks, lines: Sequence[int]) -> bool:
    """Whether most of the lines stand in three or more items of one shape beside each other: each of a few lines, with
    a link, and a date or an invitation to read on."""
    items = {at: _item(blocks, at) for at in lines}
    shapes = Counter(_shape(blocks, node) for node in {*items.values()} if node >= 0)
    lists = {shape for shape, count in shapes.items() if count >= _FEWEST}
    held = sum(node >= 0 and _shape(blocks, node) in lists for node in items.values())
    return bool(lists) and held >= _MOST_OF_TEXT * len(lines)


def _shape(blocks: Blocks, node: int) -> tuple[int, str, str]:
    return blocks.parents[node], blocks.tags[node], blocks.names[node]


def _item(blocks: Blocks, at: int) -> int:
    """The innermost element around a line that is a list's item; -1 for none."""
    node = blocks.lines[at].node
    for _ in range(_MOST_LEVELS):
        if node < 0 or blocks.last[node] - blocks.first[node] > _MOST_LINES:
            return -1
        if blocks.tags[node] in _ITEM_TAGS and _invites(blocks.lines[blocks.first[node] : blocks.last[node]]):
            return node
        node = blocks.parents[node]
    return -1


def _invites(lines: Sequence[Line]) -> bool:
    """Whether an item has a linked heading, and a line with a date or an invitation to read on."""
    linked = any(line.links >= _SHORTEST_LINK and line.links * 2 > len(line.text) and not line.file for line in lines)
    short = [line.text for line in lines if len(line.text) <= 3 * _LONGEST_BARE]
    return len(lines) > 1 and linked and any(_DATED.search(text) or _ONWARD.search(text) for text in short)
