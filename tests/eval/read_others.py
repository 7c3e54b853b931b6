"""Pages of other sites, that no rule was first made for: title, day, source, and where the main text begins and ends,
beside trafilatura.

The pages are those of gne's tests (PyPI, gne-0.4.3.tar.gz, the folders `tests` and `visiable_test`): news, public
accounts, offices and a law of 28 sites. They are third-party texts and no part of the project: `MINYI_OTHERS` names
the unpacked folder; without it this part says so and measures nothing.

Labels (labels/others.jsonl; titles, first and last words as hashes) are our reading put right by one person: titles,
days and sources beside the lines that each page shows around its title; first and last words by how the text begins
and ends, on a dozen pages beside the whole page. So they favour ours where both readings could be right. Rules were
mended after these pages had been read; what was right before stands in decision 0022.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from pipeline.steps.clean import CleanRules
from pipeline.text import charset, extraction
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.eval.read_facts import UNTIL, Read, hashed, right, shown, squeezed, theirs

LABELS = Path(__file__).parent / "labels" / "others.jsonl"
WORDS = 12  # characters, blanks left out, by which a beginning or an end is told


def figures() -> Iterator[Figure]:
    """Shares right, ours and theirs, and good pages that are held."""
    if not (folder := os.environ.get("MINYI_OTHERS")):
        yield Figure("pages of other sites", "not measured: MINYI_OTHERS names no folder")
        return
    labels = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    texts = [charset.decode((Path(folder) / label["page"]).read_bytes()).text for label in labels]
    found = [(extraction.extract(text, until=UNTIL), text) for text in texts]
    library = import_module("trafilatura")
    both = [
        (ours(page), page.text if page else "", theirs(library, text), library.extract(text) or "")
        for page, text in found
    ]
    many = len(labels)
    for fact, goal in (("title", 0.95), ("date", 0.95), ("source", 0.9)):
        own, other = (
            sum(right(fact, label, row[side]) for label, row in zip(labels, both, strict=True)) for side in (0, 2)
        )
        yield at_least(f"{fact} right", own / many, goal, f" ({own} of {many}; trafilatura {other})")
    for name, part in (("begins", slice(0, WORDS)), ("ends", slice(-WORDS, None))):
        own, other = (
            sum(hashed(squeezed(row[side])[part]) in label[name] for label, row in zip(labels, both, strict=True))
            for side in (1, 3)
        )
        yield at_least(f"main text {name} right", own / many, 0.9, f" ({own} of {many}; trafilatura {other})")
    held = sum(page is None or page.confidence < CleanRules().min_confidence for page, _ in found)
    yield at_most("pages held", held, more=f" of {many}", goal=many // 20)


def ours(page: extraction.Page | None) -> Read:
    """Our reading's facts."""
    return Read(page.title, shown(page.moment), page.author, page.source) if page else Read()
