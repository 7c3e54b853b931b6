"""dedup: cleaned texts -> signatures and verified pairs. Lists in, lists out; knows no index and no store.

A text is reduced to its letters, digits and Han (NFKC, lower case); its shingles are all runs of three.
A signature is 128 minima of one permutation (OPH), hashed four by four into 32 bands: two texts of
Jaccard j share a band with probability 1 - (1 - j⁴)³², .87 at .5 and .998 at .65. Signatures only find
candidates; `compare` decides on the shingles themselves.

Sources: Li, Owen, Zhang, «One permutation hashing», NIPS 2012; Dahlgaard, Knudsen, Thorup, «Fast
similarity sketching», FOCS 2017 (empty bins are filled by further rounds).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.identity import normalised
from pipeline.records.items import Cleaned, Deduped, Pair, Signature
from pipeline.records.names import Similarity

Words = NDArray[np.uint64]

SIGNATURE_VERSION = 1  # changes with anything that changes a band: shingles, hash, rounds
RULES_VERSION = 1  # changes with anything that changes a verdict of `compare`; kept with each pair

SHINGLE = 3  # 4 finds 2 to 8 points fewer of texts with 30 % replaced
MINIMA = 128
BANDS = 32
ROUNDS = 12  # after them a text of 40 shingles has 3 of 128 bins empty
CHUNK = 25_000  # characters taken at once: their arrays, 1.2 MB, stay in the cache of a core (400,000: half as quick)

# Measured on 207 natural pairs of a government's message board, on all 13.2 million pairs of 5,139 of its
# messages and on edits of them made by program; see tests/real/test_dedup_real.py and bench_bands.
NEAR = 0.4  # every natural pair above is an edit of the other; unrelated pairs under one letterhead: p99 .17
SHORT = 20  # letters: below, a changed place or number alone gives up to .6
NEAR_SHORT = 0.7
CONTAINED = 0.8  # of the shorter text's shingles are in the longer one
CONTAINED_LETTERS = 100  # a shorter text may be no more than a greeting and a closing formula
# Texts that differ in one stretch only, a long one in both, were written into one frame (letterhead, form).
FRAME_LETTERS = 40  # of its own in each: two clauses; an edit seldom changes more in one piece
FRAME_NEAR = 0.6  # they are near only above: a quarter of the text is exchanged at .6
FRAME_SPECK = 6  # shingles shared by chance inside a stretch do not end it
NEVER_EXACT = 0.999  # `near` stays below 1, so that the strongest edges are the exact ones

_EMPTY = np.uint32(0xFFFFFFFF)
_DROPPED = np.uint32(1)
_LETTERS = np.zeros(0x110000, np.uint32)  # code point -> its letter; 0: not met yet, 1: no letter
_PLACES = np.arange(BANDS, dtype=np.uint64) * np.uint64(0xD6E8FEB86659FD93)


def sign(cleaned: Sequence[Cleaned]) -> list[Signature]:
    """The signatures of a batch (without seq). A text without letters has 32 zero bands: it finds nothing."""
    packed: list[bytes] = []
    for part in _chunks([one.text for one in cleaned]):
        packed += [row.tobytes() for row in _bands(part)]
    return [
        Signature(one.item, bands, one.exact, SIGNATURE_VERSION) for one, bands in zip(cleaned, packed, strict=True)
    ]


def compare(a: str, b: str) -> tuple[Similarity, float] | None:
    """How two texts resemble each other, 0 to 1: exact, near (edited, cut, reordered, wrapped) or None.

    The figure is the Jaccard similarity, or the share of the shorter text found in the longer where that
    alone makes them near.
    """
    return _compare(*_shingled([a, b]))


def dedup(
    cleaned: Sequence[Cleaned],
    signatures: Sequence[Signature],
    candidates: Sequence[Sequence[str]],
    texts: Mapping[str, str],
) -> list[Deduped]:
    """Verify candidates: each true pair once, with the later of the two where both are in the batch.

    `candidates[i]`: ids that may be twins of `cleaned[i]`; `texts`: the stored text of each of them.
    An item that comes twice is taken at its later text; a candidate without text is passed over.
    """
    newest = {one.item: one.text for one in cleaned}
    places = {one.item: index for index, one in enumerate(cleaned)}
    wanted = _wanted(cleaned, candidates)
    known = sorted({item for pair in wanted for item in pair if item in newest or item in texts})
    shingled = dict(zip(known, _shingled([newest.get(item, texts.get(item, "")) for item in known]), strict=True))
    found: list[list[Pair]] = [[] for _ in cleaned]
    for a, b in wanted:
        verdict = _compare(shingled[a], shingled[b]) if a in shingled and b in shingled else None
        if verdict is not None:
            place = max(places.get(a, -1), places.get(b, -1))
            found[place].append(Pair(a, b, *verdict, rules=RULES_VERSION))
    return [Deduped(signature, tuple(pairs)) for signature, pairs in zip(signatures, found, strict=True)]


def _wanted(cleaned: Sequence[Cleaned], candidates: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """The pairs to verify, each once, in an order that depends on the ids alone."""
    return sorted(
        {
            (min(one.item, other), max(one.item, other))
            for one, others in zip(cleaned, candidates, strict=True)
            for other in others
            if other != one.item
        }
    )


# ---------------------------------------------------------------- comparing


@dataclass(frozen=True)
class _Shingled:
    """A text ready for comparing; what it holds is put in order when first needed, once an item."""

    text: str
    sequence: Words  # the shingles in the text's order

    @cached_property
    def distinct(self) -> Words:
        """Each shingle once, sorted: three times as quick to make and to compare as a set of Python's."""
        ordered = np.sort(self.sequence)
        return ordered[np.diff(ordered, prepend=~ordered[:1]) != 0]  # ~: the first differs from what is before it

    def lacks(self, words: Words) -> NDArray[np.bool_]:
        """Which of these shingles are not among its own."""
        return self.distinct.take(np.searchsorted(self.distinct, words), mode="clip") != words


def _shingled(texts: Sequence[str]) -> list[_Shingled]:
    made: list[_Shingled] = []
    for part in _chunks(texts):
        shingles, ends = _shingles(part)
        bounds = pairwise([0, *ends.tolist()])
        made += [_Shingled(text, shingles[start:end]) for text, (start, end) in zip(part, bounds, strict=True)]
    return made


def _compare(a: _Shingled, b: _Shingled) -> tuple[Similarity, float] | None:
    if not len(a.sequence) or not len(b.sequence):
        return None
    both = np.sort(np.concatenate((a.distinct, b.distinct)))
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    jaccard = shared / (len(both) - shared)
    shorter, longer = sorted((a, b), key=_letters)
    if jaccard == 1.0 and normalised(a.text) == normalised(b.text):
        return Similarity.EXACT, 1.0
    if _edited(jaccard, shorter, longer):
        return Similarity.NEAR, min(jaccard, NEVER_EXACT)
    contained = shared / len(shorter.distinct)
    if _wrapped(contained, shorter, longer):
        return Similarity.NEAR, min(contained, NEVER_EXACT)
    return None


def _edited(jaccard: float, shorter: _Shingled, longer: _Shingled) -> bool:
    """Edited, reordered or cut: enough shingles in common, and not only those of a frame."""
    if _letters(shorter) < SHORT:
        return jaccard >= NEAR_SHORT
    return jaccard >= FRAME_NEAR or (jaccard >= NEAR and not _framed(shorter, longer))


def _wrapped(contained: float, shorter: _Shingled, longer: _Shingled) -> bool:
    """The shorter text stands inside the longer, and is more than a frame that both share."""
    return contained >= CONTAINED and _letters(shorter) >= CONTAINED_LETTERS and not _framed(shorter, longer)


def _letters(one: _Shingled) -> int:
    """How many letters it takes to say what the text says once."""
    return len(one.distinct) + SHINGLE - 1


def _framed(a: _Shingled, b: _Shingled) -> bool:
    """Whether all that differs is one long stretch in each."""
    return all(_one_stretch(other.lacks(own.sequence)) for own, other in ((a, b), (b, a)))


def _one_stretch(lacking: NDArray[np.bool_]) -> bool:
    """Whether the shingles that the other text lacks stand together, specks aside, and make a long stretch."""
    own = np.flatnonzero(lacking)
    if len(own) < FRAME_LETTERS:
        return False
    stretches = np.split(own, np.flatnonzero(np.diff(own) > FRAME_SPECK) + 1)
    longest = max(len(stretch) for stretch in stretches)
    return longest >= FRAME_LETTERS and longest >= 0.8 * len(own)


# ---------------------------------------------------------------- shingles and minima, a chunk at once


def _chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in parts of about CHUNK characters; a longer text is a part of its own."""
    part: list[str] = []
    size = 0
    for text in texts:
        if part and size + len(text) > CHUNK:
            yield part
            part, size = [], 0
        part.append(text)
        size += len(text)
    if part:
        yield part


def _letters_of(text: str) -> NDArray[np.uint32]:
    """Each code point's letter, by the rule of `identity.normalised`; what it spreads over several
    letters (㎡) counts as the first, so that places stay aligned."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = _LETTERS.take(points)
    if not letters.all():
        for point in np.unique(points[letters == 0]).tolist():
            kept = normalised(chr(point))
            _LETTERS[point] = ord(kept[0]) if kept else _DROPPED
        letters = _LETTERS.take(points)
    return letters


def _shingles(texts: Sequence[str]) -> tuple[Words, NDArray[np.intp]]:
    """All shingles (three code points of 21 bits in a u64) and the end of each text's among them.

    A text of one or two letters is one shingle, one without letters has none.
    """
    letters = _letters_of("".join(texts))
    kept = letters != _DROPPED
    ends = np.concatenate(([0], np.cumsum(kept)))[np.cumsum([len(text) for text in texts], dtype=np.intp)]
    counts = np.diff(ends, prepend=0)
    letters = letters[kept].astype(np.uint64)
    lacking = np.where((counts > 0) & (counts < SHINGLE), SHINGLE - counts, 0)
    if lacking.any():
        letters = np.insert(letters, np.repeat(ends, lacking), 0)
        counts += lacking
    packed = letters[:-2] << np.uint64(42) | letters[1:-1] << np.uint64(21) | letters[2:]
    whole = np.ones(len(letters), bool)
    for last in (1, 2):  # a shingle never runs over a text's end
        whole[(np.cumsum(counts) - last)[counts > 0]] = False
    return packed[whole[:-2]], np.cumsum(np.maximum(counts - 2, 0))


def _mixed(words: Words, salt: int) -> Words:
    """A well-mixed hash of each word (the finaliser of SplitMix64)."""
    mixed = words + np.uint64(salt * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    return mixed ^ mixed >> np.uint64(31)


def _minima(shingles: Words, rows: NDArray[np.intp], texts: int) -> NDArray[np.uint32]:
    """128 minima for each text: a shingle falls into one bin and the least of a bin stays. What a round
    leaves empty the next one fills with another hash, so that a filled bin agrees as often as a full one."""
    minima = np.full((texts, MINIMA), _EMPTY, np.uint32)
    for salt in range(1, ROUNDS + 1):
        hashes = _mixed(shingles, salt)
        places = rows * MINIMA + (hashes >> np.uint64(57)).astype(np.intp)
        laid = minima if salt == 1 else np.full_like(minima, _EMPTY)
        np.minimum.at(laid.reshape(-1), places, (hashes & np.uint64(0x7FFFFFFF)).astype(np.uint32))
        np.copyto(minima, laid, where=minima == _EMPTY)
        lacking = (minima == _EMPTY).any(axis=1)[rows]
        if not lacking.any():
            break
        shingles, rows = shingles[lacking], rows[lacking]
    return _filled(minima)


def _filled(minima: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The last empty bins of very short texts take their left neighbour's value (round the corner)."""
    bins = np.arange(MINIMA)
    full = minima != _EMPTY
    nearest = np.maximum.accumulate(np.where(full, bins, -1), axis=1)
    last = np.where(full, bins, -1).max(axis=1, keepdims=True)
    nearest = np.where(nearest < 0, np.maximum(last, 0), nearest)
    return np.take_along_axis(minima, nearest, axis=1)


def _bands(texts: Sequence[str]) -> NDArray[np.uint32]:
    """32 band hashes for each text, little-endian u32; the band's number is part of each."""
    shingles, ends = _shingles(texts)
    counts = np.diff(ends, prepend=0)
    minima = _minima(shingles, np.repeat(np.arange(len(texts)), counts), len(texts))
    hashes = np.tile(_PLACES, (len(texts), 1))
    for column in np.moveaxis(minima.reshape(len(texts), BANDS, MINIMA // BANDS), 2, 0):
        hashes = _mixed(hashes ^ column, 1)
    return np.where((counts > 0)[:, None], hashes >> np.uint64(32), 0).astype("<u4")
