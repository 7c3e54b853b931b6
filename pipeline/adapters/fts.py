"""Texts for a full-text index of single characters: what is indexed, how a query asks, what a hit shows.

Every letter, digit and Han character is a token of its own (NFKC, lower case); what stands between (blanks,
punctuation, symbols) is no token, so a phrase runs over it. Any part of a text is then found exactly, a word
list is not needed, and `A3区` is as good as `人民`. Tokens are parted by blanks for FTS5's `ascii` tokenizer,
which takes every character beyond ASCII as part of a token, however new or rare it is.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pipeline.adapters.common_grams import with_pairs
from pipeline.records.items import Document, Query

# Rare characters of names live in the private use areas of old fonts.
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010fffd"
_BETWEEN = rf"(?:[^\w{_PRIVATE}]|_)"
_NO_TOKEN = re.compile(_BETWEEN + "+")
# Removed before NFKC, which is quick for a text that has nothing to change and slow for these.
_LONG = 100  # characters from which numpy's own cost is repaid
_COMMON = re.compile(r"[\s!-/:-@\[-`{-~，。！？；：“”‘’（）《》〈〉【】、…—～·￥]+")
# Assigned in Unicode 1.1, and by its stability policy neither decomposed nor cased otherwise since.
_SETTLED = re.compile(r"[\x00-\x7f·—‘-”…\u3000-\u3020\u4e00-\u9fa5\uff01-\uff5e]*+")
_FULL_WIDTH = ord("Ａ") - ord("A")
SNIPPETS = 3
SNIPPET_CHARACTERS = 40
_MATCHES = 30
# A phrase longer than this is marked by its beginning.
_MARKED_CHARACTERS = 64


def characters(text: str) -> str:
    """The tokens of a text, one character each, written together."""
    folded = unicodedata.normalize("NFKC", _without_common(text)).lower()
    return folded if folded.isalnum() else _NO_TOKEN.sub("", folded)


def settled(text: str) -> bool:
    """Whether its tokens are the same by every version of Unicode's tables, which change with Python."""
    return _SETTLED.fullmatch(text) is not None


def indexed(tokens: str, common: str = "") -> str:
    """Tokens as the engine gets them; with the pairs of those that are common, where an index has them."""
    if common:
        return with_pairs(tokens, common)
    if len(tokens) < _LONG:
        return " ".join(tokens)
    # A quarter of what join needs, which makes a string of each character (measured).
    letters = np.frombuffer(tokens.encode("utf-32-le", "surrogatepass"), "<u4")
    spaced = np.full(2 * len(letters) - 1, ord(" "), "<u4")
    spaced[::2] = letters
    return spaced.tobytes().decode("utf-32-le", "surrogatepass")


def _without_common(text: str) -> str:
    if len(text) < _LONG:
        return _COMMON.sub("", text)
    try:
        letters = np.frombuffer(text.encode("utf-16-le"), "<u2")
    except UnicodeEncodeError:  # half a character, which might become whole beside another half
        return _COMMON.sub("", text)
    return letters[_kept().take(letters)].tobytes().decode("utf-16-le")


@cache
def _kept() -> NDArray[np.bool_]:
    """For each 16-bit unit whether it stays; halves of a pair do."""
    kept = np.ones(1 << 16, np.bool_)
    kept[[ord(char) for char in "".join(_COMMON.findall("".join(map(chr, range(1 << 16)))))]] = False
    return kept


def phrases(text: str) -> list[str]:
    """The parts of a query, between blanks, as tokens; parts without any are left out."""
    return [tokens for part in text.split() if (tokens := characters(part))]


def matching(parts: Sequence[str], facets: Sequence[str], common: str = "") -> str:
    """FTS5's MATCH: each phrase in title or text, each facet. Tokens alone get into it, so it has no syntax
    of the user's."""
    words = [f'{{title text}} : "{indexed(part, common)}"' for part in parts]
    return " AND ".join([*words, *(f'facets : "{facet}"' for facet in facets)])


# ---------------------------------------------------------------- facets: filters as tokens


@lru_cache(maxsize=8192)
def facet(field: str, value: str) -> str:
    """A field's value as one token."""
    return field + hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def facets_of(document: Document) -> str:
    """The facets that find a document: its fields', and each region with what it lies in."""
    found = [facet("kind", document.kind), facet("source", document.source), facet("state", document.state)]
    if document.domain is not None:
        found.append(facet("domain", document.domain))
    found += sorted(facet("region", part) for part in within(document.regions))
    return " ".join(found)


def within(regions: Sequence[str]) -> set[str]:
    """Regions' codes and the beginnings that say which city and province they lie in."""
    return {part for code in regions for part in (code[:2], code[:4], code)}


def facets_wanted(query: Query) -> list[str]:
    """The facets that a query asks for."""
    fields = {"kind": query.kind, "source": query.source, "state": query.state, "domain": query.domain}
    found = [facet(field, value) for field, value in fields.items() if value is not None]
    return found if query.region is None else [*found, facet("region", region_asked(query.region))]


def region_asked(code: str) -> str:
    """What `within` must have: a province's code (410000) asks for 41…, a city's (410100) for 4101…."""
    return code[:2] if code[2:] == "0000" else code[:4] if code[4:] == "00" else code


# ---------------------------------------------------------------- highlights


def highlights(title: str, text: str, parts: Sequence[str]) -> tuple[str, ...]:
    """The title, if it matches, and pieces of the text of about 40 characters, with 【】 around what matched."""
    if not parts:
        return ()
    pattern = _looked_for(tuple(parts))
    return (*islice(_pieces(title, pattern), 1), *islice(_pieces(text, pattern), SNIPPETS))


@lru_cache(maxsize=64)
def _looked_for(parts: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_pattern, sorted(parts, key=len, reverse=True))))


def _pattern(part: str) -> str:
    return f"{_BETWEEN}*".join(map(_written, part[:_MARKED_CHARACTERS]))


def _written(token: str) -> str:
    if not token.isascii():
        return re.escape(token)
    return "[" + "".join(one + chr(ord(one) + _FULL_WIDTH) for one in sorted({token, token.upper()})) + "]"


def _pieces(text: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """Windows around the matches; one that begins before a window's end belongs to it."""
    spans = list(islice(_spans(text, pattern), _MATCHES))
    while spans:
        begin, end = spans[0]
        margin = max(6, (SNIPPET_CHARACTERS - (end - begin)) // 2)
        left, right = max(0, begin - margin), min(len(text), end + margin)
        inside = [span for span in spans if span[0] < right]
        right = max(right, inside[-1][1])
        spans = spans[len(inside) :]
        yield _marked(text, left, right, inside)


def _marked(text: str, left: int, right: int, spans: Sequence[tuple[int, int]]) -> str:
    pieces, at = ["…" if left else ""], left
    for begin, end in spans:
        pieces += [text[at:begin], "【", text[begin:end], "】"]
        at = end
    pieces += [text[at:right], "…" if right < len(text) else ""]
    return " ".join("".join(pieces).split())


def _spans(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    if settled(text):
        # There a token stands for itself, or for itself in upper case or full width, so it is found in the text as it
        # is. Folding a page of texts took longer than anything else here in a search on servers (measured).
        yield from (match.span() for match in pattern.finditer(text))
        return
    folded, origin = _folded(text)
    for match in pattern.finditer(folded):
        yield origin[match.start()], origin[match.end() - 1] + 1


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The text in NFKC and lower case, and where each of its characters came from."""
    folded = unicodedata.normalize("NFKC", text).lower()
    if len(folded) == len(text):
        return folded, range(len(text))
    single = [unicodedata.normalize("NFKC", char).lower() for char in text]
    return "".join(single), [index for index, char in enumerate(single) for _ in char]
