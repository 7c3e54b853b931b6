"""Texts read in the wrong charset, read again in the right one.

    utf8_as_gbk(text, model) -> list[Edit]    “鐢ㄩ€旓細” was “用途：”; what was lost on the way is filled in or marked
    as_latin(text, model) -> list[Edit]       “ÖÐ¹ú” and “ä¸­å›½” were “中国”
    twice(text) -> list[Edit]                 “锟斤拷”: bytes gone for good, marked

UTF-8's bytes have a form of their own (RFC 3629, section 3), which Chinese text in GBK does not have by chance. Where
bytes have gone, by a reader's U+FFFD or `?` or without a trace, the characters that fit the bytes left are ranked by
the character model; below CONFIDENCE the place keeps a U+FFFD and is marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import LETTER, RARE, Ints, Model, plain_ids
from pipeline.text.edits import Edit
from pipeline.text.lost_bytes import MARK, QUESTION, read, sure

CONFIDENCE = 0.6  # probability of a filled character, by the model
READ = ("UTF-8", "“锟斤拷”")  # how the reasons of this module begin, GBK read as western apart
WHY = "UTF-8 误读为 GBK，已还原"
_WHY_FILLED = "UTF-8 误读为 GBK，已还原；其中丢失的字节按上下文补出"
_LOST = "\ufffd"

# Bytes of a text: U+FFFD is 00, a question mark stays.
# A character, or what is left of one before a mark.
_TOKEN = rb"[\xe2-\xe9\xef](?:[\x80-\xbf]{2}|[\x80-\xbf]?[\x00?]{1,2}(?:[\x80-\xbf]{0,2}(?=[\xe2-\xe9\xef]))?)"
_UNITS = re.compile(rb"(?:" + _TOKEN + rb"){2,}")
_ALONE = re.compile(rb"(?:" + _TOKEN + rb")+")  # one by itself counts where others are about
_WHOLE = re.compile(rb"[\xe2-\xe9\xef][\x80-\xbf]{2}|[\x01-\x3e\x40-\x7f]")
_PART = re.compile(rb"[\xe2-\xe9\xef][\x80-\xbf]{0,2}[\x00?]{0,2}|[\x00?]{1,2}")
_CONTINUE = list(range(0x80, 0xC0))
_LEADS = bytes((*range(0xE2, 0xEA), 0xEF))
_OUT_OF_PLACE = 10.5  # cost of a character that may be no text
_SIDE = 4  # of them on either side
AT_MOST = 2000  # gaps of a stretch that are read; further ones are left
_LONGEST = 40  # bytes of a gap that is read
_ASCII, _BYTE = 0x7F, 0xFF
_BEGUN, _CROSSED, _CARRIED, _LATE = 1, 2, 4, 8
_PART_OF = 20  # characters of which one has to begin a pair of UTF-8's in a text that is no prose
_GAP = 9  # bytes between two stretches that are one text
_MARK = re.compile(rb"[\0?]")
# `<` was lost together with the byte before it.
_SWALLOWED = re.compile("/(?:td|tr|th|p|div|span|li|a|b)>")
_STRANGE = 12.0
_ABOUT, _OPENS, _CLOSES = re.compile("乱码|编码"), frozenset("“‘「《\"'"), frozenset("”’」》\"'")
_LIKELY, _LIKELIER = 10.5, 8.5  # mean cost of characters that were read right; with a gap among them


class _Bytes(NamedTuple):
    raw: bytes
    offsets: Ints  # of each character in raw, and the whole length


def utf8_as_gbk(text: str, model: Model, *, most: bool = False) -> list[Edit]:
    """Every stretch that is UTF-8 read as GBK, as it was; `most`: only where a good part of the text is."""
    if not _may_hold_units(text, len(text) // _PART_OF if most else 0) or not _UNITS.search((given := _gbk(text)).raw):
        return []
    ids = plain_ids(text)
    odd = model.single[ids] >= _OUT_OF_PLACE
    near: Model | None = None
    edits: list[Edit] = []
    done = 0
    for start, end in _stretches(given, ids):
        first, last = _widened(given, odd, _char(given, start), _char(given, end), done)
        if first < done or not _usual(given, first, last, model):
            continue
        if _shown(text, first, last):
            continue
        near = near or model.beside(np.concatenate((ids, plain_ids(given.raw.decode("utf-8", "replace")))))
        if edit := _undone(text, first, last, given, near):
            edits.append(edit)
            done = last
    return edits


def _shown(text: str, first: int, last: int) -> bool:
    """Whether the stretch is a quotation in a text about such damage."""
    return text[max(0, first - 1) : first] in _OPENS and text[last : last + 1] in _CLOSES and bool(_ABOUT.search(text))


def _widened(given: _Bytes, odd: npt.NDArray[np.bool_], first: int, last: int, done: int) -> tuple[int, int]:
    """Some odd characters on either side belong to the stretch; it begins where a character can."""
    low, high = first, last
    while low > max(done, first - _SIDE) and odd[low - 1] and _within(given, low - 1):
        low -= 1
    while high < min(len(odd), last + _SIDE) and odd[high] and (high > last or _begins(given, high)):
        high += 1
    while high > last and high < len(odd) and given.raw[given.offsets[high]] in b"?":
        high += 1
    while low < first and not _begins(given, low):
        low += 1
    return low, high


def _within(given: _Bytes, char: int) -> bool:
    return given.raw[given.offsets[char]] > _ASCII or given.raw[given.offsets[char]] in b"\0?"


def _begins(given: _Bytes, char: int) -> bool:
    return given.raw[given.offsets[char]] in _LEADS


def _may_hold_units(text: str, least: int) -> bool:
    """Whether two characters of UTF-8 can stand in the text's GBK bytes, by the pairs they make, and more than `least`
    times; where marks or single bytes are about, they may."""
    if "\ufffd" in text or "?" in text or "€" in text:
        return True
    kinds = _kinds().take(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32), mode="clip")
    begun, carried = kinds & _BEGUN > 0, kinds & _CARRIED > 0
    even = begun[:-2] & carried[2:] & (kinds[1:-1] & _CROSSED > 0)  # the first byte of a unit begins a pair
    return int(np.count_nonzero(even | (begun[2:] & carried[1:-1] & (kinds[:-2] & _LATE > 0)))) > least


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Of every code point, what its two GBK bytes may be in UTF-8: a lead and its continuation, a continuation and the
    next lead, two continuations, anything and a lead."""
    high, low = _pairs() >> 8, _pairs() & 0xFF
    carried = np.isin(high, _CONTINUE), np.isin(low, _CONTINUE)
    kinds = (np.isin(high, list(_LEADS)) & carried[1]) * _BEGUN | (carried[0] & carried[1]) * _CARRIED
    return (kinds | np.isin(low, list(_LEADS)) * (_LATE | carried[0] * _CROSSED)).astype(np.uint8)


def _gbk(text: str) -> _Bytes:
    """The bytes GBK gives the text: 0x80 for €, 0 for U+FFFD, and FF for a character it has none for."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    pairs = _pairs()[np.minimum(codes, 0xFFFF)]
    wide = pairs > _BYTE
    both = np.stack((pairs >> 8, pairs & 0xFF), 1).astype(np.uint8)
    kept = np.stack((wide, np.ones_like(wide)), 1)
    return _Bytes(both[kept].tobytes(), np.concatenate(([0], np.cumsum(1 + wide.astype(np.int64)))))


@cache
def _pairs() -> npt.NDArray[np.uint16]:
    table = np.full(0x10000, 0xFF, np.uint16)
    table[:0x80] = np.arange(0x80)
    for high in range(0x81, 0xFF):
        for low in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
            if len(char := bytes((high, low)).decode("gb18030", "ignore")) == 1:
                table[ord(char)] = high << 8 | low
    table[ord("€")], table[0xFFFD] = 0x80, 0
    return table


def _stretches(given: _Bytes, ids: Ints) -> Iterator[tuple[int, int]]:
    """Where runs of UTF-8 lie, with the gaps that lost bytes leave."""
    start = end = -1
    for found in _ALONE.finditer(given.raw):
        apart = start < 0 or found.start() - end > _GAP
        if apart and not _UNITS.match(given.raw, found.start()) and ids[_char(given, found.start())] < RARE:
            continue
        if start >= 0 and (found.start() - end > _GAP or _clear(given.raw[end : found.start()])):
            yield start, _tail(given.raw, end)
            start = -1
        if start < 0:
            start = found.start()
        end = found.end()
    if start >= 0:
        yield start, _tail(given.raw, end)


def _clear(gap: bytes) -> bool:
    """Whether these bytes are plain ASCII: what is between two stretches, not a gap in one."""
    return bool(gap) and all(0 < byte <= _ASCII and byte not in b"?" for byte in gap)


def _tail(raw: bytes, end: int) -> int:
    """A last character that lost its end belongs to the stretch."""
    part = _PART.match(raw, end)
    return part.end() if part and (part[0][-1] in b"\0?" or part.end() == len(raw)) else end


def _char(given: _Bytes, byte: int) -> int:
    return int(np.searchsorted(given.offsets, byte, "left"))


def _undone(text: str, first: int, last: int, given: _Bytes, model: Model) -> Edit | None:
    raw = given.raw[given.offsets[first] : given.offsets[last]]
    pieces = list(_pieces(raw, plain_ids(text[max(0, first - 2) : first]), plain_ids(text[last : last + 3]), model))
    after = "".join(piece.text for piece in pieces)
    if pieces and pieces[-1].filled and after.endswith("、") and text[last : last + 1] in {"", "\n"}:
        after = after[:-1] + "。"  # E3 80 81 and 82: no text ends with the first
    if raw[-1:] == b"\0" and _SWALLOWED.match(text, last):
        after += "<"
    if not _better(text[first:last], after, model):
        return None
    why = _WHY_FILLED if any(piece.filled for piece in pieces) else WHY
    if doubts := [piece for piece in pieces if piece.guess]:
        why += (
            f"；{len(doubts)} 处字节丢失、把握不足，留作“{_LOST}”，疑似“"
            + "”“".join(one.guess for one in doubts[:5])
            + "”"
        )
    return Edit(first, last, after, why)


def _usual(given: _Bytes, first: int, last: int, model: Model) -> bool:
    """Whether the characters that are whole are such as texts have; those of chance are mostly not."""
    whole = plain_ids(given.raw[given.offsets[first] : given.offsets[last]].decode("utf-8", "ignore"))
    return len(whole) > 0 and float(model.single[whole].mean()) <= _LIKELY


class _Piece(NamedTuple):
    text: str
    filled: bool = False
    guess: str = ""


def _pieces(raw: bytes, left: Ints, right: Ints, model: Model) -> Iterator[_Piece]:
    """The text of bytes whose gaps are read by the model."""
    at = gaps = 0
    while at < len(raw):
        whole, wrong, faulty = _strict(raw, at)
        end = _resumed(raw, wrong)
        if whole and wrong < len(raw) and (faulty or _strange(whole[-2:], model)):
            wrong -= len(whole[-1].encode())
            whole = whole[:-1]
        if whole:
            yield _Piece(whole)
            left = np.concatenate((left, plain_ids(whole[-2:])))
        if wrong < len(raw):
            follow = _strict(raw, end)[0][:3]
            gaps += 1
            gap = raw[wrong:end] if gaps <= AT_MOST else b""
            piece = _gap(gap, left, np.concatenate((plain_ids(follow), right))[:3], model)
            yield piece
            left = np.concatenate((left, plain_ids(piece.text)))
        at = end


def _strict(raw: bytes, at: int) -> tuple[str, int, bool]:
    """What is read from here to a mark or a fault; where that is; whether the character before it may be wrong, too."""
    mark = _MARK.search(raw, at)
    stop = mark.start() if mark else len(raw)
    try:
        return raw[at:stop].decode(), stop, False
    except UnicodeDecodeError as error:
        return raw[at : at + error.start].decode(), at + error.start, at + error.end < stop


def _strange(text: str, model: Model) -> bool:
    ids = plain_ids(text)
    return bool(ids[-1] >= RARE or model.costs(ids)[-1] > _STRANGE)


def _resumed(raw: bytes, at: int) -> int:
    """Where whole characters begin again after a gap."""
    found = _WHOLE.search(raw, at)
    return found.start() if found else len(raw)


def _gap(raw: bytes, left: Ints, right: Ints, model: Model) -> _Piece:
    line = [MARK if byte == 0 else QUESTION if byte == ord("?") else byte for byte in raw]
    readings = read(line, model, left=left, right=right, utf8=True, silent=True) if 0 < len(line) <= _LONGEST else []
    if not readings:
        lost = max(1, sum(byte in _LEADS for byte in raw))
        return _Piece(_LOST * lost, guess="□" * lost)
    best = readings[0].text
    text = "".join(char if chance >= CONFIDENCE else _LOST for char, chance in zip(best, sure(readings), strict=True))
    return _Piece(text, filled=text.strip(f"?{_LOST}") != "", guess=best if _LOST in text else "")


def _better(before: str, after: str, model: Model) -> bool:
    """Whether the text read again is the likelier one, by a wide margin."""
    known = after.replace(_LOST, "")
    lost = len(after) - len(known)
    if _mean(known, model) > (_LIKELIER if lost else _LIKELY):
        return False
    return lost * 2 <= len(known) and _cost(known, model) + lost * _STRANGE + 4 < _cost(before, model)


def _cost(text: str, model: Model) -> float:
    return float(model.costs(plain_ids(text)).sum())


def _mean(text: str, model: Model) -> float:
    return float(model.costs(plain_ids(text)).mean()) if text else 0.0


_LATIN = "\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_RUN = re.compile(f"[{_LATIN}]+")
_WHY_LATIN = "误读为西文，已还原"


def as_latin(text: str, model: Model) -> list[Edit]:
    """Every run that is GBK or UTF-8 read as Latin-1 or Windows-1252, as it was."""
    runs = [(match, _from_latin(match[0])) for match in _RUN.finditer(text)]
    certain = any(_read_right(after, model) for _, after in runs)
    return [
        Edit(*match.span(), after, f"{'UTF-8' if len(match[0]) >= 3 * len(after) else 'GBK'} {_WHY_LATIN}")
        for match, after in runs
        if certain and after
    ]


def _read_right(after: str, model: Model) -> bool:
    return len(after) > 1 and _mean(after, model) < _LIKELY


def _from_latin(run: str) -> str:
    """The Chinese text of the run's bytes; empty when there is none."""
    try:
        raw = b"".join(char.encode("latin-1" if char <= "\xff" else "cp1252") for char in run)
    except UnicodeEncodeError:
        return ""
    for charset in ("utf-8", "gbk"):
        try:
            text = raw.decode(charset)
        except UnicodeDecodeError:
            continue
        ids = plain_ids(text)
        if ids.min() > LETTER and ids.max() < RARE:
            return text
    return ""


def twice(text: str) -> list[Edit]:
    """“锟斤拷”: U+FFFD read as GBK; what stood there is gone. Marked, as it is."""
    if "锟" not in text or _ABOUT.search(text):
        return []
    return [
        Edit(*match.span(), match[0], "“锟斤拷”一类乱码，原字节已失，无法还原，未改")
        for match in re.finditer("[^\x00-\x7f\n]{0,4}锟[^\x00-\x7f\n]{1,200}", text)
        if "锟斤拷" in match[0] or match[0].count("锟") > 1 or "拷" in match[0]
    ]
