"""classify on real messages of a citizens' message board: 451 of them carry one of the board's seven domains."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline.records.items import Classified
from pipeline.rules import load_rules
from pipeline.rules.taxonomy import Scheme
from pipeline.rules.yamlfile import load_yaml
from pipeline.steps.classify import classify
from tests.pipeline.steps.read import cleaned

REAL = Path(os.environ.get("MINYI_REAL") or "../shared/real")
LABELLED = REAL / "messages" / "labelled.jsonl"
UNLABELLED = REAL / "messages" / "unlabelled.jsonl"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not LABELLED.is_file(), reason=f"没有真实语料 {LABELLED}（MINYI_REAL）"),
]

SEVEN = Path(__file__).with_name("seven.yaml")


def rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read(path: Path, scheme: Scheme) -> tuple[list[dict[str, str]], list[Classified]]:
    found = rows(path)
    return found, classify([cleaned(row["text"], row["title"]) for row in found], scheme)


def test_words_alone_meet_five_in_six_of_the_boards_labels() -> None:
    labelled, answers = read(LABELLED, load_yaml(SEVEN, Scheme))
    right = [row["label"] == answer.domain for row, answer in zip(labelled, answers, strict=True)]
    accuracy = sum(right) / len(right)
    assert accuracy >= 0.83, f"准确率 {accuracy:.3f}"


def test_what_is_called_sure_is_right_more_often_than_what_is_called_undecided() -> None:
    labelled, answers = read(LABELLED, load_yaml(SEVEN, Scheme))
    judged = [(answer.confidence, row["label"] == answer.domain) for row, answer in zip(labelled, answers, strict=True)]
    sure = [right for confidence, right in judged if confidence >= 0.8]
    middling = [right for confidence, right in judged if 0.6 <= confidence < 0.8]
    unsure = [right for confidence, right in judged if confidence < 0.6]
    assert sum(sure) / len(sure) > sum(middling) / len(middling) > sum(unsure) / len(unsure)
    assert sum(sure) / len(sure) > 0.9


def test_the_default_tree_leaves_few_messages_without_a_word() -> None:
    found, answers = read(UNLABELLED, load_rules(Path("no-such-folder")).taxonomy)
    assert len(answers) == len(found)
    assert sum(answer.domain == "其他" for answer in answers) / len(answers) < 0.03
    assert sum(answer.undecided for answer in answers) / len(answers) < 0.25
