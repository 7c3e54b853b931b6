"""How sure a main text is: 0 to 1, a logistic formula on what its making measured.

    trust(found, title) -> float

The weights are a logistic regression's, rounded towards fewer good pages held: on real pages as they are and with
their article taken out or replaced by a sentence such as 请登录后查看, on list pages and on pages of nothing but a
notice; each site left out in turn. Half is where good pages and bad ones (F1 under .8) part.
"""

from __future__ import annotations

import math

from pipeline.text.charset import readable
from pipeline.text.maintext import Found

# The longer the running text, the larger its share of the page's, held by an element named for content, and the more
# of the title's pairs of characters it takes up, the surer.
_LENGTH, _SHARE, _NAMED, _TITLE, _CONSTANT = 1.0, 2.5, 2.0, 3.0, -9.3
_ENOUGH = 0.5  # of the title's pairs
_NO_TITLE = 0.4  # what a page without a title is taken to have
_LOOKED_AT, _LONGEST_TITLE = 20_000, 200  # characters


def trust(found: Found, title: str | None) -> float:
    """Of a text found by rule."""
    share = found.running / found.page if found.page else 0.0
    sum_ = _LENGTH * math.log1p(found.running) + _SHARE * share + _NAMED * found.named + _CONSTANT
    sum_ += _TITLE * min(1.0, _taken_up(title or "", found.text) / _ENOUGH)
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
