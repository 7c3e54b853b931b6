"""The main text of a page: one pass to lines and elements, a worth for every line, the subtree whose lines are worth
most, its ends trimmed line by line.

    find(blocks, title) -> Found

The worth of a line is positive for sentences, negative for links and for what sites write around an article; the
best subtree is the one of the greatest sum (J. Pasternack, D. Roth: Extracting Article Text from the Web with Maximum
Subsequence Segmentation, WWW 2009; its segment is an element here). That characters, links and punctuation tell text
from boilerplate is from F. Sun, D. Song, L. Liao: DOM Based Content Extraction via Text Density, SIGIR 2011. Linear
in elements and characters, no recursion, never raises.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.text import maintext_rules as rules
from pipeline.text.maintext_blocks import Blocks, Line

_HOLDERS = frozenset({"div", "td", "article", "section", "main", "body", "li", "span", "font", "dd", "center", "form"})
_ASIDE_TAGS = frozenset({"nav", "footer", "aside", "header"})
_SHORTEST_SENTENCE = 10  # characters outside links
_SHORTEST_UNMARKED = 30  # the same, without punctuation
_MOST_UNMARKED = 300  # characters that count a fifth whatever their punctuation
_SURE_SENTENCE = 5.0  # worth from which a line can be the first or last of the text
_NEARLY_ALL = 0.8
_LITTLE = 0.5  # of the running text may stand after a phrase that ends an article
_SHORTEST_TITLE = 4
_BESIDE = 0.3  # of a paragraph's running text, in the paragraphs beside it
_SEVERAL = 3  # boxes of a paragraph each
_SHORT = 30  # characters; longer lines of one cell are paragraphs
_ASIDE_SHARES = {rules.ASIDE: 0.5, rules.FIRM: 0.8}  # of the page's running text that such a name can set aside


@dataclass(frozen=True, slots=True)
class Found:
    """The main text, the numbers of its lines, and what confidence is judged by: characters of running text and of
    links in it, characters of running text on the whole page, whether an element named for content holds it."""

    text: str
    lines: tuple[int, ...] = ()
    running: float = 0.0
    links: int = 0
    page: float = 0.0
    named: bool = False


@dataclass(frozen=True, slots=True)
class _Judged:
    """Per line: which furniture it is, its characters of running text, its worth; per element: what its name says."""

    blocks: Blocks
    furniture: list[int]
    running: list[float]
    worth: list[float]
    standing: list[int]


def find(blocks: Blocks, title: str | None = None) -> Found:
    """The main text; empty when no line is worth anything."""
    if not blocks.lines:
        return Found("")
    furniture = _furniture(blocks)
    own = (title or "").strip()
    running = [
        0.0 if known or line.text == own else _running(line)
        for line, known in zip(blocks.lines, furniture, strict=True)
    ]
    mass = _sums(blocks, running)
    standing = _standing(blocks, mass)
    worth = [
        _worth(line, own, known, standing[line.node]) or 0.5 * blocks.data(line)
        for line, own, known in zip(blocks.lines, running, furniture, strict=True)
    ]
    judged = _Judged(blocks, furniture, running, worth, standing)
    best = _holder(blocks, _best(_sums(blocks, worth)), mass)
    core = _core(blocks, best, mass)
    kept = tuple(_kept(judged, best, core, _solid(title or "")))
    lines = [blocks.lines[at] for at in kept]
    return Found(
        text=_text(blocks, lines),
        lines=kept,
        running=sum(running[at] for at in kept),
        links=sum(line.links for line in lines),
        page=mass[0],
        named=standing[core] == rules.CONTENT,
    )


def _furniture(blocks: Blocks) -> list[int]:
    """Per line which furniture it is; the time of an event, above its place, is none."""
    furniture = [rules.furniture(line.text) for line in blocks.lines]
    for at, line in enumerate(blocks.lines[1:]):
        if furniture[at] == rules.A_FACT and rules.EVENT_PLACE.match(line.text):
            furniture[at] = rules.NONE if rules.EVENT_TIME.match(blocks.lines[at].text) else rules.A_FACT
    return furniture


def _running(line: Line) -> float:
    """How many characters of a line count as running text: those outside links, as far as punctuation goes with them;
    heaps of words that are there for search engines have none."""
    own = len(line.text) - line.links
    if own < _SHORTEST_SENTENCE or line.links > own or (not line.marks and own < _SHORTEST_UNMARKED):
        return 0.0
    return min(own, 0.2 * min(own, _MOST_UNMARKED) + 12 * line.marks)


def _worth(line: Line, running: float, furniture: int, standing: int) -> float:
    if furniture:
        return -20.0
    if running:
        return running * (0.2 if standing == rules.ASIDE else 1.0)
    if _attached(line):
        return 0.0
    if _linked(line):
        return -8.0 - 0.2 * line.links
    return 1.0 if standing == rules.CONTENT else 0.0 if line.row else -4.0


def _attached(line: Line) -> bool:
    return line.file or rules.ATTACHMENT.match(line.text) is not None


def _linked(line: Line) -> bool:
    return line.links * 2 > len(line.text)


def _sums(blocks: Blocks, values: Sequence[float]) -> list[float]:
    """Per element, the sum over the lines it holds."""
    sums = [0.0] * len(blocks.parents)
    for line, value in zip(blocks.lines, values, strict=True):
        sums[line.node] += value
    for node in range(len(sums) - 1, 0, -1):
        sums[blocks.parents[node]] += sums[node]
    return sums


def _standing(blocks: Blocks, mass: Sequence[float]) -> list[int]:
    """Per element, what its name or an ancestor's says. A name that would set aside most of the page's running text is
    a wrapper's, and is not heeded."""
    standing: list[int] = []
    for node, parent in enumerate(blocks.parents):
        above = standing[parent] if parent >= 0 else rules.PLAIN
        own = rules.ASIDE if blocks.tags[node] in _ASIDE_TAGS else rules.named(blocks.names[node])
        if own < 0:
            own = rules.ASIDE if mass[node] <= _ASIDE_SHARES[own] * mass[0] else rules.PLAIN
        standing.append(above if above == rules.ASIDE else own or above)
    return standing


def _best(sums: Sequence[float]) -> int:
    """The element of the greatest sum; of equals the innermost."""
    return max(range(len(sums)), key=lambda node: (sums[node], node))


def _holder(blocks: Blocks, node: int, mass: Sequence[float]) -> int:
    """The element itself; for one paragraph what holds it, if others of its kind beside it are paragraphs too; for one
    in a box of its own, if several such boxes follow each other."""
    one, parent = node, blocks.parents[node]
    while parent >= 0 and blocks.last[parent] - blocks.first[parent] <= 1:
        one, parent = parent, blocks.parents[parent]
    if parent < 0 or blocks.last[node] - blocks.first[node] > 1:
        return node
    alike = [
        other
        for other in range(parent + 1, bisect_left(blocks.first, blocks.last[parent], parent + 1))
        if mass[other] and blocks.parents[other] == parent and _alike(blocks, other, one)
    ]
    boxed = one != node
    if boxed and not (len(alike) >= _SEVERAL and blocks.tags[one] != "li" and _unbroken(blocks, alike)):
        return node
    return parent if sum(mass[other] for other in alike if other != one) > _BESIDE * mass[node] else node


def _unbroken(blocks: Blocks, boxes: Sequence[int]) -> bool:
    """Whether no link stands within or between boxes."""
    return not any(line.links for line in blocks.lines[blocks.first[boxes[0]] : blocks.last[boxes[-1]]])


def _alike(blocks: Blocks, one: int, other: int) -> bool:
    return blocks.tags[one] == blocks.tags[other] and blocks.names[one] == blocks.names[other]


def _core(blocks: Blocks, best: int, mass: Sequence[float]) -> int:
    """Within the best element, the innermost holder that has nearly all of its running text."""
    core = best
    for node in range(best + 1, len(blocks.parents)):
        if blocks.first[node] >= blocks.last[best]:
            break
        enough = blocks.parents[node] == core and mass[node] >= _NEARLY_ALL * mass[best]
        if enough and blocks.tags[node] in _HOLDERS and blocks.last[node] - blocks.first[node] > 1:
            core = node
    return core


def _kept(judged: _Judged, best: int, core: int, title: str) -> Iterator[int]:
    """The numbers of the lines that are the text: from the first sentence of the best element to its last, and what
    stands around them in the core."""
    blocks = judged.blocks
    inside = range(blocks.first[best], blocks.last[best])
    sentences = [at for at in inside if judged.worth[at] > _SURE_SENTENCE]
    if not sentences and judged.standing[best] == rules.CONTENT:  # a list of names, a table
        sentences = [at for at in inside if judged.worth[at] > 0]
    if not sentences:
        return
    span = range(sentences[0], _end(judged, sentences))
    ended = span.stop <= sentences[-1]
    for at in range(min(span.start, blocks.first[core]), span.stop if ended else _tail(judged, core, span.stop)):
        if at >= span.stop and judged.furniture[at] in (rules.A_STOP, rules.A_FOOT):
            return
        if _belongs(judged, at, core, span) and not (at < span.start and _heads(judged, at, title)):
            yield at


def _tail(judged: _Judged, core: int, end: int) -> int:
    """The line after the core's last, and after the attachments that follow it."""
    lines = judged.blocks.lines
    at = max(end, judged.blocks.last[core])
    while at < len(lines) and _attached(lines[at]):
        at += 1
    return at


def _end(judged: _Judged, sentences: Sequence[int]) -> int:
    """The line after the last: that of a phrase that ends an article, if little running text follows."""
    left = sum(judged.running[at] for at in sentences)
    little = _LITTLE * left
    for at in range(sentences[0], sentences[-1] + 1):
        left -= judged.running[at]
        if judged.furniture[at] == rules.A_STOP and left < little:
            return at
    return sentences[-1] + 1


def _belongs(judged: _Judged, at: int, core: int, span: range) -> bool:
    line, standing = judged.blocks.lines[at], judged.standing
    if standing[line.node] == rules.ASIDE != standing[core]:
        return False
    if judged.furniture[at] in (rules.A_FACT, rules.A_FOOT):  # an article may name a time and place of its own
        return at in span or rules.EDITOR.match(line.text) is not None
    if judged.furniture[at]:
        return False
    return not _linked(line) or _attached(line)


def _heads(judged: _Judged, at: int, title: str) -> bool:
    """Whether a line before the first sentence is the page's heading or date, not the text's; the title has no blanks.
    A paragraph is, if it goes on with the title where the line above it ends."""
    line = judged.blocks.lines[at]
    if rules.DATE.fullmatch(line.text) or rules.EDITOR.match(line.text):
        return True
    tag, own = judged.blocks.tags[line.node], _solid(line.text)
    if tag == "p":
        own = _solid(judged.blocks.lines[at - 1].text) + own if at else ""
    return tag == "h1" or (len(own) >= _SHORTEST_TITLE and own in title)


def _solid(text: str) -> str:
    """Without blanks: a title's own may be others than a heading's."""
    return "".join(text.split())


def _text(blocks: Blocks, lines: Sequence[Line]) -> str:
    """Lines joined; the cells of a row of data by a tab, a cell's own short lines by a blank."""
    parts: list[str] = []
    for last, line in zip([None, *lines], lines, strict=False):
        if last is not None:
            parts.append(_between(blocks, last, line))
        parts.append(line.text)
    return "".join(parts)


def _between(blocks: Blocks, last: Line, line: Line) -> str:
    if line.row != last.row or not blocks.data(line):
        return "\n"
    if line.cell != last.cell:
        return "\t"
    return " " if max(len(last.text), len(line.text)) <= _SHORT else "\n"
