"""Common grams: beside single characters, the pairs of such as stand in very many texts.

A phrase of common characters that stands in few texts is else looked for in the lists of all its characters, at a
million texts a million long. Where two neighbours are both common, their pair is a token between them (A AB B), in a
text and in a phrase alike; so a phrase finds what it found before, positions and all, and the pair's list, far
shorter, says where to look. It is Lucene's CommonGramsFilter, written for an engine that has no two tokens in one
place. The pairs make an index larger and slower to write, so that small ones go without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

MOST = 400  # characters: more gave real messages nothing (measured)
SHARE = 0.05  # of the texts in which a character stands
_UNICODE = 0x110000
_BLANK = ord(" ")


def common_of(texts: Iterable[str]) -> str:
    """The characters, in their order, that stand in a twentieth of the texts' tokens or more; at most 400."""
    standing = [set(tokens) for tokens in texts]
    found = Counter(chain.from_iterable(standing))
    return "".join(sorted(one for one, times in found.most_common(MOST) if times >= SHARE * len(standing)))


def with_pairs(tokens: str, common: str) -> str:
    """Tokens between blanks, and between two neighbours that are both common their pair."""
    if not tokens:
        return ""
    letters = np.frombuffer(tokens.encode("utf-32-le", "surrogatepass"), "<u4")
    is_common = _those(common).take(letters)
    # A row a character: itself, a blank, and what is left out where there is no pair: the pair, a blank.
    rows = np.full((len(letters), 5), _BLANK, "<u4")
    rows[:, 0] = rows[:, 2] = letters
    rows[:-1, 3] = letters[1:]
    kept = np.ones(rows.shape, np.bool_)
    kept[:-1, 2:] = (is_common[:-1] & is_common[1:])[:, None]
    kept[-1, 1:] = False
    return rows[kept].tobytes().decode("utf-32-le", "surrogatepass")


@lru_cache(maxsize=4)
def _those(characters: str) -> NDArray[np.bool_]:
    """For each code point whether it is among them."""
    found = np.zeros(_UNICODE, np.bool_)
    found[[ord(one) for one in characters]] = True
    return found
