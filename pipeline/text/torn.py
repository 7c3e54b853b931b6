"""GBK of which a byte was lost: the bytes after it pair up wrongly until they fall into step again.

    torn(text, ids, model, folded=…) -> list[Edit]        “和谐?；I办” was “和谐。筹办”

Where a reader left U+FFFD or `?` beside characters that hardly stand together, or where such characters stand alone,
the bytes of that stretch are read again with a byte missing at every place (pipeline.text.lost_bytes). The likeliest
reading is taken when it is likelier than what stands there by MARGIN and among the others by CONFIDENCE; else the text
stays, and the place is marked.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import EDGE, RARE, Ints, Model, plain_ids, prose
from pipeline.text.edits import Edit
from pipeline.text.lost_bytes import MARK, QUESTION, WIDTH, Reading, literal, read, sure

CONFIDENCE = 0.55  # probability of the reading, by the model
_BARE = 0.9  # where no mark speaks for damage, or no byte for a character
_FACTS = frozenset("一二三四五六七八九十百千万亿两零半不未无没非否东西南北上下前后左右男女")
# Small words and marks, of which several fit most places; a full stop is hardly taken for another.
_SMALL, _SMALL_SURE = frozenset("的地得在对和与及从向为以于到把被是了着，、；：！？"), 0.75
MARGIN = 4.0  # nats a reading gains on what stands there
_ASKED = 5.0  # more, where nothing but a question mark speaks for damage
WHY = "GBK 字节丢失，按上下文还原"
DOUBT = "疑似 GBK 字节丢失，未改"

_MARKS = re.compile("[\ufffd?]+")
_ASKING = frozenset("吗呢吧么嘛谁何哪?")  # before a question mark that is one
# What torn bytes become: other scripts, lines and blocks, a capital after punctuation.
_ODD = re.compile("[\ufffd\u00a1-\u2013\u2100-\u2fff\u3021-\u3400\uff10-\uff19\uff21-\uffff@-~]")
_PARTLY = 6  # characters of a reading of which a few are unsure
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
BESIDE = 21.0  # of three neighbours together, where a mark stands among them
_ALONE = 41.0  # where none does, but a character that is no common one
_STEADY = 7.5  # a character that cost less is in step
_REACH = 40  # characters of a stretch
_QUICK = 8  # ways followed when a stretch is asked for any reading that comes near
_NEAR_ENOUGH = 4.0  # nats; what those few ways miss costs less
AT_MOST = 400  # places in one text that are read again
_NEIGHBOURS = 3  # are judged together
_WIDTHS = str.maketrans(
    {code: code + 0xFEE0 for code in (0x21, 0x28, 0x29, 0x2C, 0x3A, 0x3B)}
)  # a converter may have made full-width punctuation narrow


def torn(text: str, ids: Ints, model: Model, *, folded: bool, done: Sequence[tuple[int, int]] = ()) -> list[Edit]:
    """Every stretch read again, and every one that stays in doubt; not such as were just read (`done`)."""
    costs = model.costs(ids)
    if not prose(costs):
        return []
    places = list(islice(_places(text, ids, costs), AT_MOST)) if len(ids) >= _NEIGHBOURS else []
    if not places:
        return []
    quick, plain = _Reader(model, folded, _QUICK), _Reader(model, folded)
    places = [place for place in places if not _within(place, done) and _worthy(text, *place, quick, plain)]
    near = _Reader(model.beside(_without(ids, places)) if places else model, folded)
    edits: list[Edit] = []
    for start, end in places:
        if (not edits or start >= edits[-1].end) and (edit := near.again(text, start, end)):
            edits.append(edit)
    return edits


def _within(place: tuple[int, int], done: Sequence[tuple[int, int]]) -> bool:
    at = bisect_right(done, place) - 1
    return any(start < place[1] and place[0] < end for start, end in done[max(0, at) : at + 2])


def _worthy(text: str, start: int, end: int, quick: _Reader, plain: _Reader) -> bool:
    """Whether a stretch without U+FFFD has a likelier reading at all; most question marks are ones."""
    if "\ufffd" in text[start:end]:
        return True
    return quick.rivalled(text, start, end) and plain.again(text, start, end, MARGIN / 2) is not None


def _without(ids: Ints, places: list[tuple[int, int]]) -> Ints:
    """A text's classes with an edge in place of what may be torn, so that damage is not learnt."""
    whole = ids.copy()
    for start, end in places:
        whole[start:end] = EDGE
    return whole


def _places(text: str, ids: Ints, costs: npt.NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Stretches that may be torn, in order, apart from each other."""
    sums = np.convolve(costs, np.ones(3, np.float32), "same")  # of a character and both beside it
    found = {int(at) for at in np.flatnonzero(sums >= _ALONE) if (ids[max(0, at - 2) : at + 3] >= RARE).any()}
    marks = (mark.start() for mark in _MARKS.finditer(text) if _beside(text, mark, sums))
    done = 0
    for at in sorted(found.union(islice(marks, 2 * AT_MOST))):
        if at >= done:
            start, end = _stretch(text, costs, at, done)
            done = end
            if _HAN.search(text, max(0, start - 3), end + 3):
                yield start, end


def _beside(text: str, mark: re.Match[str], sums: npt.NDArray[np.float32]) -> bool:
    start, end = mark.span()
    if "\ufffd" in mark[0]:
        return True
    if start and text[start - 1] in _ASKING:
        return False
    return bool(sums[max(0, start - 2) : end + 3].max() >= BESIDE) and bool(
        _HAN.search(text, max(0, start - 3), end + 4)
    )


def _stretch(text: str, costs: npt.NDArray[np.float32], at: int, done: int) -> tuple[int, int]:
    """From where two characters in a row are in step to where two are again, within a line."""
    start, end = at, at + 1
    while start > max(done, at - _REACH) and text[start - 1] != "\n" and costs[start - 1 : start + 1].max() > _STEADY:
        start -= 1
    while end < min(len(text), at + _REACH) and text[end] != "\n" and costs[end : end + 2].max() > _STEADY:
        end += 1
    return max(start - 1, done), end + 1 if text[end : end + 1] not in {"", "\n"} else end


@dataclass(slots=True)
class _Reader:
    """Stretches read by one model; the same one between the same characters once."""

    model: Model
    folded: bool
    width: int = WIDTH
    known: dict[tuple[str, str, str], tuple[list[Reading], float]] = field(default_factory=dict)

    def again(self, text: str, start: int, end: int, margin: float = MARGIN) -> Edit | None:
        """What becomes of a stretch."""
        readings, now = self._known(text, start, end)
        return _verdict(text, start, text[start:end], readings, now - margin) if readings else None

    def rivalled(self, text: str, start: int, end: int) -> bool:
        """Whether any other reading comes near to what stands there."""
        readings, now = self._known(text, start, end)
        return any(one.cost < now + _NEAR_ENOUGH for one in readings if one.text != text[start:end])

    def _known(self, text: str, start: int, end: int) -> tuple[list[Reading], float]:
        around = text[max(0, start - 2) : start], text[start:end], text[end : end + 4]
        if around not in self.known:
            self.known[around] = self._read(*around)
        return self.known[around]

    def _read(self, before: str, stretch: str, after: str) -> tuple[list[Reading], float]:
        """The readings, and what that which stands there costs."""
        line = _line(stretch)
        left, right = plain_ids(before, folded=self.folded), plain_ids(after, folded=self.folded)
        if line is None:
            return [], 0.0
        readings = read(line, self.model, left=left, right=right, folded=self.folded, silent=True, width=self.width)
        return readings, _cost(stretch, left, right, self.model, folded=self.folded) if readings else 0.0


def _verdict(text: str, start: int, before: str, readings: list[Reading], now: float) -> Edit | None:
    best = readings[0]
    same = best.text.translate(_WIDTHS) == before.translate(_WIDTHS)
    bare = not _MARKS.search(before)  # nothing but odd neighbours speaks for damage: more is asked
    more = 2 * MARGIN if bare else 0 if _ODD.search(before) else _ASKED
    if same or best.cost + more > now:
        return Edit(start, start + len(before), before, DOUBT) if "\ufffd" in before else None
    chances = sure(readings)
    chance = min(chances, default=0.0)
    unsure = [
        at
        for at, (char, one) in enumerate(zip(best.text, chances, strict=True))
        if one < (_SMALL_SURE if char in _SMALL else CONFIDENCE)
    ]
    if bare and chance < _BARE:
        return None
    if "\ufffd" in best.text or len(unsure) * 3 > len(best.text):
        return Edit(start, start + len(before), before, f"{DOUBT}（疑似“{best.text}”，把握 {chance:.2f}）")
    if not unsure:
        edit = _trimmed(start, before, _width(best.text, text), f"{WHY}（把握 {chance:.2f}）")
        if not _guessed(edit, text, chance):
            return edit
    if not unsure or len(best.text) - len(unsure) < _PARTLY:
        return Edit(start, start + len(before), before, f"{DOUBT}（疑似“{best.text}”，把握 {chance:.2f}）")
    partly = "".join("\ufffd" if at in unsure else char for at, char in enumerate(best.text))
    return _trimmed(
        start, before, _width(partly, text), f"{WHY}；{len(unsure)} 字把握不足，留作“\ufffd”，疑似“{best.text}”"
    )


def _guessed(edit: Edit, text: str, chance: float) -> bool:
    """Whether nothing but the context speaks for a character: that must be surer, and no number and no negation."""
    return not text[edit.start : edit.end].strip("\ufffd") and (chance < _BARE or bool(_FACTS & set(edit.after)))


def _trimmed(start: int, before: str, after: str, why: str) -> Edit:
    """The change without what stays the same at either end."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return Edit(start + head, start + len(before) - tail, after[head : len(after) - tail], why)


def _width(after: str, text: str) -> str:
    """Punctuation is as wide as the text's own is."""
    narrow = sum(map(text.count, ",:;()!")) > sum(map(text.count, "，：；（）！"))
    return after.translate(_NARROW) if narrow else after


_NARROW = {wide: code for code, wide in _WIDTHS.items()}


def _line(text: str) -> list[int] | None:
    """The bytes of a stretch; None if it holds what GBK has not."""
    line: list[int] = []
    for char in text:
        if char in "\ufffd?":
            line.append(MARK if char == "\ufffd" else QUESTION)
        elif char == "€":
            line.append(0x80)
        else:
            try:
                line += char.translate(_WIDTHS).encode("gbk")
            except UnicodeEncodeError:
                return None
    return line


def _cost(text: str, left: Ints, right: Ints, model: Model, *, folded: bool) -> float:
    """Of what stands there, with the characters after it."""
    ids = np.concatenate(([0, 0], left, plain_ids(text, folded=folded), right)).astype(np.int64)
    at = 2 + len(left)
    extra = sum(literal(char) for char in text if char < "\x80" or char == "\ufffd")
    return float(model.after(ids[at - 2 : -2], ids[at - 1 : -1], ids[at:]).sum()) + extra
