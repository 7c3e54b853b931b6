"""A character model of written Chinese: how surprising a character is after the two before it.

    shipped() -> Model                      made from our own counts, data/characters-*.xz
    Model.ids(text, fold=…) -> int32[n]     one class a character
    Model.costs(ids) -> float32[n]          -ln P(character | the one before), for scanning
    Model.after(a, b, c) -> float32[n]      -ln P(c | a b), for ranking

Counts of one, two and three neighbouring characters with backing off (Katz 1987; the weights by Witten and Bell 1991).
The vocabulary is GB/T 2312-1980's 6,763 characters and some classes. Counts are of texts and of a word list, never the
texts themselves; `python -m tests.eval.count_characters` makes the files. Tables of fixed size: 18 MB.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Cells = npt.NDArray[np.uint32]

DATA = Path(__file__).parent / "data"
EDGE, DIGIT, LETTER = range(3)
# Each of a group counts as its first.
_PUNCTUATION = (
    "，,", "。", ".．﹒", "、", "；;", "：:∶", "？?", "！!", "“", "”", "‘", "’", "（(〔﹙", "）)〕﹚", "《〈", "》〉",
    "【[［", "】]］", "—–-－―", "…", "·•・", "％%‰", "／/", "℃°", "㎡",
    "①②③④⑤⑥⑦⑧⑨⑩⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⒈⒉⒊⒋⒌⒍⒎⒏⒐ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ", "+＋×=＝~～≥≤<>＜＞", "○〇", "■□●◆▲★☆►▪",
)  # fmt: skip
# Read as a group's first they count the same; as what lost bytes may have been they are out of question.
UNUSUAL = frozenset("．∶﹙﹚〔〕〈〉［］【】–－―•・‰○＋×＝～≥≤＜＞►▪☆▲►０１２３４５６７８９") | frozenset(
    chr(code) for first in (0xFF21, 0xFF41) for code in range(first, first + 26)
)
_HAN = "".join(bytes((high, low)).decode("gb2312", "ignore") for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
FIRST_HAN = LETTER + 1 + len(_PUNCTUATION)
# The last classes: Han beyond GB/T 2312, other scripts, and what may be damage: U+FFFD, private use, compatibility.
RARE = FIRST_HAN + len(_HAN)
ALIEN, ODD = RARE + 1, RARE + 2
SIZE = RARE + 3
BITS = 13  # of one class
_LAST = (1 << BITS) - 1
UNIT = np.float32(1 / 15)  # nats, one unit of a stored cost
_SLOTS = 21  # bits of a table's index
_NO_PROSE = 6.5  # nats a character in the middle; prose has 4 to 5
_FAR = 14.0  # nats, a character of no Chinese text
_KAPPA = 6.0  # how many triples a pair's own chance weighs
_OTHERS, _OWN = np.log(np.float32(0.65)), np.log(np.float32(0.35))  # a text's own words beside everyone's
_NEAR = 50_000  # characters of a text that are looked at for it
_GOLDEN, _MIDDLE = np.uint64(0x9E3779B97F4A7C15), np.uint64(8)
_CHECK, _WIDE, _ONE = np.uint64(0xFFFF), np.uint64(0xFFFFFF), np.uint64(1)
_BUCKET = 2  # slots
_BELOW = {0xFFFF: np.uint32(16), 0xFFFFFF: np.uint32(8)}  # bits below a check


class Counts(NamedTuple):
    """How often n neighbours were seen, n from 1 to 3: keys of 13 bits a class in order, and weights."""

    keys: tuple[Ints, Ints, Ints]
    weights: tuple[Floats, Floats, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The tables: cost of a class alone; what a class costs a successor never seen after it; and, hashed, pairs
    (16 bits of check, 8 of what the pair costs an unseen successor, 8 of cost) and triples (24 of check, 8 of cost)."""

    single: Floats
    backed: Floats
    pairs: Cells
    triples: Cells
    near: Model | None = None

    def beside(self, ids: Ints) -> Model:
        """This model where a text's own words are likelier: what was written once is written again."""
        line = ids[:_NEAR]
        own = (_counted(line, None, n) for n in (1, 2, 3))
        near = model([Counts(*map(tuple, zip(*own, strict=True)))], slots=16)
        return replace(self, near=replace(near, single=np.full(SIZE, 4 * _FAR, np.float32)))

    def costs(self, ids: Ints) -> Floats:
        """-ln P of each class after the one before it; the first after an edge."""
        before = np.empty_like(ids)
        before[:1] = EDGE
        before[1:] = ids[:-1]
        return self.pair(before, ids)

    def pair(self, before: Ints, ids: Ints) -> Floats:
        """-ln P(ids | before), element by element."""
        cell, seen = _look(self.pairs, (before << BITS) | ids, _CHECK)
        return np.where(seen, (cell & 0xFF) * UNIT, self.single[ids] + self.backed[before])

    def after(self, first: Ints, second: Ints, third: Ints) -> Floats:
        """-ln P(third | first second), element by element."""
        context = (first << BITS) | second
        cell, seen = _look(self.pairs, context, _CHECK)
        back = self.pair(second, third) + np.where(seen, (cell >> 8 & 0xFF) * UNIT, 0)
        cell, seen = _look(self.triples, (context << BITS) | third, _WIDE)
        cost = np.where(seen, (cell & 0xFF) * UNIT, back)
        if self.near is None:
            return cost
        return -np.logaddexp(_OTHERS - cost, _OWN - self.near.after(first, second, third)).astype(np.float32)


def _look(table: Cells, keys: Ints, mask: np.uint64) -> tuple[Cells, npt.NDArray[np.bool_]]:
    """The cells of some keys, in either place of their buckets, and whether they are there."""
    slot, check = _hashed(keys, len(table), mask)
    shift = _BELOW[int(mask)]
    cell, other = table[slot], table[slot + 1]
    elsewhere = other >> shift == check
    return np.where(elsewhere, other, cell), elsewhere | (cell >> shift == check)


def _hashed(keys: Ints, size: int, mask: np.uint64) -> tuple[Ints, Cells]:
    """Bucket of two slots in a table of that size, and check of 16 or 24 bits, never 0: 0 is an empty cell."""
    mixed = keys.view(np.uint64) * _GOLDEN
    slot = (mixed >> np.uint64(66 - size.bit_length())).view(np.int64) << 1
    return slot, (mixed >> _MIDDLE & mask | _ONE).astype(np.uint32)


def _table(keys: Ints, costs: Floats, values: Ints, mask: np.uint64, slots: int) -> Cells:
    """A table of buckets of two; of more in one bucket the likeliest stay."""
    table = np.zeros(1 << slots, np.uint32)
    slot, check = _hashed(keys, len(table), mask)
    order = np.lexsort((costs, slot))
    slot, numbers = slot[order], np.arange(len(slot))
    new = np.ones(len(slot), np.bool_)
    new[1:] = slot[1:] != slot[:-1]
    rank = numbers - np.maximum.accumulate(np.where(new, numbers, 0))
    cells = check[order].astype(np.int64) << int(_BELOW[int(mask)]) | values[order]
    kept = rank < _BUCKET
    table[slot[kept] + rank[kept]] = cells[kept]
    return table


def model(parts: Iterable[Counts], slots: int = _SLOTS) -> Model:
    """The model of several counts together."""
    parts = tuple(parts)
    one, two, three = (_summed([(part.keys[n], part.weights[n]) for part in parts]) for n in range(3))
    chance = np.full(SIZE, 0.05)
    chance[one[0]] += one[1]
    chance /= chance.sum()
    pair_chance, backed = _of_pairs(*two, chance)
    single = -np.log(chance).astype(np.float32)
    single[RARE:] = _FAR
    context = np.searchsorted(two[0], three[0] >> BITS)
    kept = np.bincount(context, three[1], len(two[0]))
    left = np.maximum(two[1] - kept, 0) + _KAPPA  # what followed the pair and was not kept
    last = pair_chance[np.searchsorted(two[0], three[0] & (_LAST << BITS | _LAST))]
    triples = (three[1] + left[context] * last) / (kept + left)[context]
    spared = np.log((kept + left) / left)
    costs, rarer = -np.log(pair_chance), -np.log(triples)
    pairs = _table(two[0], costs, _units(spared) << 8 | _units(costs), _CHECK, slots)
    return Model(single, backed, pairs, _table(three[0], rarer, _units(rarer), _WIDE, slots))


def _summed(parts: Sequence[tuple[Ints, Floats]]) -> tuple[Ints, Floats]:
    keys, where = np.unique(np.concatenate([keys for keys, _ in parts]), return_inverse=True)
    return keys, np.bincount(where, np.concatenate([weights for _, weights in parts])).astype(np.float32)


def _of_pairs(keys: Ints, weights: Floats, chance: Floats) -> tuple[Floats, Floats]:
    """P of each pair's second after its first; and -ln of what the first leaves to successors never seen."""
    first = keys >> BITS
    kinds = np.bincount(first, minlength=SIZE)
    totals = np.bincount(first, weights, SIZE) + kinds
    known = (weights + kinds[first] * chance[keys & _LAST]) / totals[first]
    left = -np.log(kinds / np.maximum(totals, 1), where=kinds > 0, out=np.zeros(SIZE))
    return known.astype(np.float32), left.astype(np.float32)


def _units(costs: Floats) -> Ints:
    return np.clip(np.rint(costs / UNIT), 0, 255).astype(np.int64)


def count(texts: Iterable[str], weights: Iterable[float] | None = None) -> Counts:
    """Count neighbours in texts, each with an edge at either end; `weights` one a text."""
    ids = [np.concatenate(([EDGE], plain_ids(text), [EDGE])) for text in texts]
    heavy = np.repeat(np.fromiter(weights, np.float32), [len(one) for one in ids]) if weights is not None else None
    line = np.concatenate(ids) if ids else np.zeros(0, np.int64)
    keys, sums = zip(*(_counted(line, heavy, n) for n in (1, 2, 3)), strict=True)
    return Counts((keys[0], keys[1], keys[2]), (sums[0], sums[1], sums[2]))


def _counted(line: Ints, weights: Floats | None, n: int) -> tuple[Ints, Floats]:
    if len(line) < n:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    key = line[: len(line) - n + 1].copy()
    for step in range(1, n):
        key = (key << BITS) | line[step : len(line) - n + 1 + step]
    keys, where = np.unique(key, return_inverse=True)
    sums = np.bincount(where, None if weights is None else weights[: len(key)]).astype(np.float32)
    return (keys, sums) if n == 1 else _inside(keys, sums, n)


def _inside(keys: Ints, sums: Floats, n: int) -> tuple[Ints, Floats]:
    """Without those that run over two texts, or hold a character of no class of its own."""
    classes = [(keys >> (BITS * step)) & ((1 << BITS) - 1) for step in range(n)]
    odd = np.logical_or.reduce([one >= RARE for one in classes])
    odd |= (classes[1] == EDGE) & ((classes[0] == EDGE) | (n > len(("first", "second"))))
    return keys[~odd], sums[~odd]


def prose(costs: Floats) -> bool:
    """Whether the model knows such texts: of lists of rare names and of noise it can say nothing."""
    return len(costs) > 0 and float(np.median(costs)) <= _NO_PROSE


def plain_ids(text: str, *, folded: bool = False) -> Ints:
    """The class of each character; `folded`: a traditional character counts as its simplified one."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return classes(folded=folded)[np.minimum(codes, 0xFFFF)].astype(np.int64)


@cache
def classes(*, folded: bool) -> npt.NDArray[np.int16]:
    """The class of every code point of the basic plane."""
    table = np.full(0x10000, ALIEN, np.int16)
    for first, last in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)):
        table[first : last + 1] = RARE
    for char in map(chr, range(0x21)):
        table[ord(char)] = EDGE
    table[[0xA0, 0x3000, 0x2002, 0x2003, 0x2028, 0x2029]] = EDGE
    for number, group in enumerate(_PUNCTUATION, LETTER + 1):
        table[[ord(char) for char in group]] = number
    table[[ord(char) for char in "0123456789０１２３４５６７８９"]] = DIGIT
    for first, last in ((0x41, 0x5A), (0x61, 0x7A), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)):
        table[first : last + 1] = LETTER
    table[[ord(char) for char in "\"'_#@$&*|\\^`{}￥＂＃〝〞〖〗″′"]] = LETTER
    table[[ord(char) for char in _HAN]] = np.arange(FIRST_HAN, RARE)
    for first, last in ((0x2E80, 0x2FDF), (0xE000, 0xFAFF), (0xFB00, 0xFB06), (0xFFFD, 0xFFFD)):
        table[first : last + 1] = ODD
    return _folded(table) if folded else table


def _folded(table: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    folded = table.copy()
    for code in range(0x4E00, 0xA000):
        if len(plain := convert(chr(code))) == 1 and ord(plain) < len(table):
            folded[code] = table[ord(plain)]
    return folded


# A count is kept as eight times its binary logarithm, keys as differences in planes of bytes: both pack well.
_SCALE = 4
_PLANES = 5


def pack(counts: Counts) -> bytes:
    """Counts as they are shipped."""
    parts = [np.array([len(keys) for keys in counts.keys], np.uint32).tobytes()]
    for keys, weights in zip(counts.keys, counts.weights, strict=True):
        steps = np.diff(keys, prepend=0).astype("<u8").view(np.uint8).reshape(-1, 8)[:, :_PLANES]
        codes = np.clip(np.rint(np.log2(weights) * _SCALE) + 64, 0, 255).astype(np.uint8)
        parts += (steps.T.tobytes(), codes.tobytes())
    return lzma.compress(b"".join(parts), preset=9 | lzma.PRESET_EXTREME)


def unpack(packed: bytes) -> Counts:
    """Counts from a shipped file."""
    raw = np.frombuffer(lzma.decompress(packed), np.uint8)
    at = 12
    keys: list[Ints] = []
    weights: list[Floats] = []
    for length in raw[:at].view("<u4").tolist():
        planes = raw[at : at + _PLANES * length].reshape(_PLANES, length).astype(np.int64)
        at += _PLANES * length
        keys.append(np.cumsum(sum(plane << (8 * n) for n, plane in enumerate(planes))))
        weights.append(np.exp2((raw[at : at + length].astype(np.float32) - 64) / _SCALE))
        at += length
    return Counts((keys[0], keys[1], keys[2]), (weights[0], weights[1], weights[2]))


@cache
def shipped() -> Model:
    """The model of every count that is shipped."""
    return model(unpack(path.read_bytes()) for path in sorted(DATA.glob("characters-*.xz")))
