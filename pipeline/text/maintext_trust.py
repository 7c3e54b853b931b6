"""How sure a main text is: 0 to 1, a logistic formula on what its making measured.

    stands(blocks, found, title, own) -> Standing        trust(found, title, standing) -> float

The weights are a logistic regression's, rounded towards fewer good pages held: on real pages as they are and with
their article taken out or replaced by a sentence such as 请登录后查看, on list pages and on pages of nothing but a
notice; each site left out in turn. Half is where good pages and bad ones (F1 under .8) part. What a text's standing
adds was chosen by hand on pages made up for it, and checked on the real ones (docs/eval.md, pages).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import islice

from pipeline.text import maintext_rules as rules
from pipeline.text.charset import readable
from pipeline.text.maintext import Found
from pipeline.text.maintext_blocks import Blocks

# The longer the running text, the larger its share of the page's, held by an element named for content, and the more
# of the title's pairs of characters it takes up, the surer.
_LENGTH, _SHARE, _NAMED, _TITLE, _CONSTANT = 1.0, 2.5, 2.0, 3.0, -9.3
_ENOUGH = 0.5  # of the title's pairs
_NO_TITLE = 0.4  # what a page without a title is taken to have
_LOOKED_AT, _LONGEST_TITLE = 20_000, 200  # characters
# A heading that the page's title begins with or holds, right above the text; a line of date or source between them;
# an office and date that close it; several paragraphs under such a heading and line.
_HEADED, _TOLD, _CLOSED, _SEVERAL = 0.55, 0.9, 1.0, 0.8
_ABOVE = 6  # lines between heading and text
_PARAGRAPHS, _PARAGRAPH = 3, 25  # paragraphs that are several, and the characters of one
_CLOSE = 6  # lines at the end of a text, in which an office and date may close it
_SIGNED = re.compile(r"[^，。；：:]{2,28}(?:局|委|办|部|厅|院|府|会|室|中心|公司|处|站|大队|支队|协会|学校|大学)$")
_TELLS = re.compile(r"来\s?源|(?:发布|发表|公开)(?:时间|日期|机构)|作\s?者|记者|文\s?[/／|｜]|责?编\s?辑")
_DATED = re.compile(r"(?:19|20)[0-9]{2}\s?[-/.年]\s?[01]?[0-9]\s?[-/.月]\s?[0-3]?[0-9]")
_LONGEST_TELLING = 120


@dataclass(frozen=True, slots=True)
class Standing:
    """How a text stands on its page: under its heading, below a line that tells of it, closed by an office and date, in
    several paragraphs."""

    headed: bool = False
    told: bool = False
    closed: bool = False
    several: bool = False


def stands(blocks: Blocks, found: Found, title: str | None, own: str) -> Standing:
    """Of a text with the numbers of its lines; `own` is the page's `<title>`."""
    key, page = _squeezed(title or ""), _squeezed(own)
    if not found.lines or not key:
        return Standing()
    above = range(found.lines[0] - 1, max(found.lines[0] - _ABOVE - 2, -1), -1)
    place = next((at for at in above if _squeezed(blocks.lines[at].text) == key), None) if key in page else None
    between = [] if place is None else [line.text for line in blocks.lines[place + 1 : found.lines[0]]]
    told = any(map(_tells, between))
    return Standing(place is not None, told, _closed(found.text), told and _several(found.text))


def _tells(line: str) -> bool:
    return len(line) <= _LONGEST_TELLING and (_TELLS.search(line) or _DATED.search(line)) is not None


def _several(text: str) -> bool:
    lines = text[:_LOOKED_AT].split("\n")
    return sum(len(line) >= _PARAGRAPH and line[-1] in "。！？”…" for line in lines) >= _PARAGRAPHS


def _closed(text: str) -> bool:
    """Whether an office and beneath it a date end a text."""
    last = [line for line in text[-600:].split("\n") if line][-_CLOSE:]
    pairs = zip(last, islice(last, 1, None), strict=False)
    return any(_SIGNED.match(one) is not None and rules.DATE.fullmatch(two) is not None for one, two in pairs)


def _squeezed(text: str) -> str:
    return "".join(text[:_LONGEST_TITLE].split())


def trust(found: Found, title: str | None, standing: Standing | None = None) -> float:
    """Of a text found by rule."""
    share = found.running / found.page if found.page else 0.0
    sum_ = _LENGTH * math.log1p(found.running) + _SHARE * share + _NAMED * found.named + _CONSTANT
    sum_ += _TITLE * min(1.0, _taken_up(title or "", found.text) / _ENOUGH)
    if standing:
        sum_ += _HEADED * standing.headed + _TOLD * standing.told + _CLOSED * standing.closed
        sum_ += _SEVERAL * standing.several
    return whole(found.text) / (1 + math.exp(-sum_))


def whole(text: str) -> float:
    """Of any text: 1, less where characters are lost or most are no words."""
    holes = text.count("\ufffd") / (len(text) or 1)
    return max(0.0, 1 - 5 * holes) * min(1.0, 6 * readable(text[:5000]))


def _taken_up(title: str, text: str) -> float:
    """The share of the title's pairs of characters that the text has beside a line that is the title itself."""
    wanted = {title[at : at + 2] for at in range(min(len(title), _LONGEST_TITLE) - 1) if title[at : at + 2].isalnum()}
    beside = f"\n{text[:_LOOKED_AT]}\n".replace(f"\n{title}\n", "\n")
    return sum(pair in beside for pair in wanted) / len(wanted) if wanted else _NO_TITLE
