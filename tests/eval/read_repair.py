"""Repair: damage done to clean articles on purpose, strings damaged in the wild, clean messages and pace.

The model is made for this from one half of the messages and articles, and measured on the other; what is shipped is
made from all. Beside ours: ftfy (without its two settings that change Chinese punctuation) and the plain codec reversal.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from importlib import import_module

from pipeline.records.items import Repair
from pipeline.text import characters
from pipeline.text.characters import Model
from pipeline.text.repair import repair
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.eval import damage
from tests.eval.count_characters import articles, messages, text_counts
from tests.eval.damage import Damaged
from tests.eval.material import real

EXACT, MARKED, LEFT, BETTER, WORSE = "exact", "left and marked", "left unmarked", "nearer", "worse"


def figures() -> Iterator[Figure]:
    """Of each kind of damage what became of its places; clean text and pace."""
    held = _held_out()
    model = _half()
    yield from _kinds(held, model)
    yield from _clean(model)


def _held_out() -> list[str]:
    return [text for text in list(articles())[1::2] if len(text) > 300]


def _half() -> Model:
    kept = [*list(messages())[::2], *list(articles())[::2]]
    shipped = [
        characters.unpack((characters.DATA / f"characters-{name}.xz").read_bytes()) for name in ("words", "news")
    ]
    return characters.model([*shipped, text_counts(kept)])
