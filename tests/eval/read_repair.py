"""Repair: damage done to clean articles on purpose, strings damaged in the wild, clean messages and pace.

Two models are made for this, each from one half of the messages and articles, and measured on the other half; the
shipped one is made from all. Beside ours, on the same places in the same run: ftfy (without its two settings that
change Chinese punctuation) and the plain codec reversal.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from importlib import import_module

from pipeline.text import characters
from pipeline.text.characters import Model
from pipeline.text.repair import calm_among, repair
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.eval import damage
from tests.eval.count_characters import articles, messages, text_counts
from tests.eval.damage import Damaged
from tests.eval.material import pace, rows

EXACT, NEARER, MARKED, LEFT, SAME, WORSE = "exact", "nearer", "left, marked", "left", "no better", "worse"
_CONTEXT = 1500  # characters on either side that are given with a place
_APART = 150
_BATCH = 500  # texts, as the flow takes them
_EDGE = 20
_PLACE = 0.9  # a goal above is one of characters, as the plain reversal's 0.86 is; below, of whole places
Kind = Callable[[str, int, random.Random], Damaged]


def figures() -> Iterator[Figure]:
    """Of each kind of damage what became of its places; clean text and pace."""
    halves = [(_half(first), list(articles())[1 - first :: 2]) for first in (0, 1)]
    for name, kind, goal in KINDS:
        yield from _kind(name, [(place, model) for model, texts in halves for place in _places(texts, kind)], goal)
    yield from _clean(list(messages())[1::2], halves[0][0])


def _half(first: int) -> Model:
    """The model of half of the texts, beside the word list and the news, which none of them is part of."""
    others = [(characters.DATA / f"characters-{name}.xz").read_bytes() for name in ("words", "news")]
    half = text_counts([*list(messages())[first::2], *list(articles())[first::2]])
    return characters.model([*map(characters.unpack, others), half])


def _utf8(text: str, at: int, chance: random.Random, mark: str) -> Damaged:
    return damage.utf8_as_gbk(text, at, chance.randrange(4, 40), mark=mark)


KINDS: tuple[tuple[str, Kind, float], ...] = (
    ("UTF-8 read as GBK, U+FFFD", lambda text, at, chance: _utf8(text, at, chance, "\ufffd"), 0.95),
    ("UTF-8 read as GBK, ?", lambda text, at, chance: _utf8(text, at, chance, "?"), 0.95),
    ("GBK byte lost, read on", damage.lost_byte, 0.7),
    ("GBK byte lost, first of a block", lambda text, at, _: damage.lost_first(text, at), 0.7),
    ("GBK byte lost, three read alone", damage.lost_inside, 0.7),
)


def _places(texts: list[str], kind: Kind) -> Iterator[Damaged]:
    chance = random.Random(7)
    for text in [text for text in texts if len(text) > _APART]:
        for at in damage.places(text, chance, _APART):
            try:
                found = kind(text, at, chance)
            except UnicodeEncodeError:
                continue
            if found.torn != found.whole:
                yield found._replace(before=found.before[-_CONTEXT:], after=found.after[:_CONTEXT])


def _kind(name: str, places: list[tuple[Damaged, Model]], goal: float) -> Iterator[Figure]:
    ours: Counter[str] = Counter()
    left = Counter[str]()  # of places where what is missing is more than what the marks stand for
    right = [0, 0, 0]
    size = 0
    ftfy = _ftfy()
    others = Counter[str]()
    for place, model in places:
        text, rows = repair(place.before + place.torn + place.after, model=model)
        verdict = _verdict(place, text, marked=bool(rows))
        ours[verdict] += 1
        left[verdict] += place.torn.strip("?\ufffd") not in place.whole
        reversed_ = _reversed(place)
        fixed = ftfy(place.before + place.torn + place.after)
        others["codec"] += reversed_ == place.whole
        others["ftfy"] += fixed == place.before + place.whole + place.after
        size += len(place.whole)
        for number, got in enumerate((_inner(place, text), reversed_, _inner(place, fixed))):
            right[number] += _alike(got, place.whole)
    many = len(places)
    rest = ", ".join(f"{kind} {count / many:.3f}" for kind, count in ours.most_common())
    theirs = f"; codec {others['codec'] / many:.3f}, ftfy {others['ftfy'] / many:.3f}"
    exact = at_least(f"{name}: stretches exact", ours[EXACT] / many, goal, f" of {many} ({rest}{theirs})")
    yield Figure(exact.name, exact.measured) if goal > _PLACE else exact
    if goal < _PLACE and left.total():
        yield Figure(
            f"{name}: of those whose marks hide no whole character",
            f"{left[EXACT] / left.total():.3f} of {left.total()}",
        )
    yield at_most(f"{name}: made worse", 100 * ours[WORSE] / many, 2, " %")
    if goal > _PLACE:
        more = f" of {size} (codec {right[1] / size:.3f}, ftfy {right[2] / size:.3f})"
        yield at_least(f"{name}: characters right", right[0] / size, goal, more)


def _ftfy() -> Callable[[str], str]:
    library = import_module("ftfy")
    settings = library.TextFixerConfig(uncurl_quotes=False, fix_character_width=False)
    return lambda text: library.fix_text(text, settings)


def _reversed(place: Damaged) -> str:
    """The plain reversal of the damaged part alone, which is more than it could know."""
    return place.torn.encode("gb18030", "replace").decode("utf-8", "replace")


def _inner(place: Damaged, text: str) -> str:
    """What became of the damaged part."""
    return text[len(place.before) : max(len(place.before), len(text) - len(place.after))]


def _verdict(place: Damaged, text: str, *, marked: bool) -> str:
    whole, torn = place.before + place.whole + place.after, place.before + place.torn + place.after
    if text == whole:
        return EXACT
    if text == torn:
        return MARKED if marked else LEFT
    cut = slice(max(0, len(place.before) - _EDGE), -max(1, len(place.after) - _EDGE))
    now, then = (_distance(one[cut], whole[cut]) for one in (text, torn))
    return NEARER if now < then else WORSE if now > then else SAME


def _distance(one: str, other: str) -> int:
    """Levenshtein's."""
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, 1):
        last, row[0] = row[0], at
        for place, against in enumerate(other, 1):
            last, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, last + (char != against))
    return row[-1]


def _alike(got: str, whole: str) -> int:
    return sum(block.size for block in SequenceMatcher(None, got, whole, autojunk=False).get_matching_blocks())


def _clean(texts: list[str], model: Model) -> Iterator[Figure]:
    changed = sum(
        any(row.before.strip("\u200b\ufeff\u00ad \u3000") for row in repair(text, model=model)[1]) for text in texts
    )
    yield at_most(f"clean messages changed or marked, of {len(texts)}", changed, 0)
    read = [row["text"] for row in rows("messages/unlabelled.jsonl")]
    size = sum(len(text.encode()) for text in read) / 1e6
    library = _ftfy()

    def ours() -> None:
        for start in range(0, len(read), _BATCH):
            batch = read[start : start + _BATCH]
            calm = calm_among(batch)
            for text in batch:
                repair(text, calm=calm)

    own, other, ratio = pace(ours, lambda: [library(text) for text in read])
    yield at_least("clean text, MB/s", size / own, 20, f" (ftfy {size / other:.1f}; {ratio:.1f} times)")
