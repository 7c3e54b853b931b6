"""Real files as offices get them: every message accepted or named, no file crashes a reader."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from pathlib import Path

import pytest

from pipeline.errors import Refused
from pipeline.intake.formats import document
from pipeline.intake.imports import Content, ImportReport, Options, import_files
from pipeline.intake.relay import relay_all
from pipeline.records.messages import decode
from pipeline.text.submission import facts
from pipeline.text.submission_values import HIGH
from pipeline.workers import runner_of

pytestmark = pytest.mark.real
COLUMNS = {"time": "published_at", "user": "author"}


@pytest.fixture
def importing(system, real: Path):
    def run(name: str, **options) -> ImportReport:
        content = Content(name, real / "messages" / name)
        more = {"clock": system.clock, "receipts": system.receipts}
        (report,) = import_files(system.store, system.files, [content], Options(columns=COLUMNS, **options), **more)
        return report

    return run


def _outcomes(system) -> Counter[str]:
    with system.store.reading() as session:
        found: Counter[str] = Counter()
        for row in session.ledger.balance():
            for name in ("received", "pending", "indexed", "duplicate", "rejected", "quarantined", "purged"):
                found[name] += getattr(row, name)
        return found


def test_every_message_of_the_board_is_accepted_with_author_and_time(system, importing, real: Path):
    lines = (real / "messages" / "unlabelled.jsonl").read_text(encoding="utf-8").splitlines()
    report = importing("unlabelled.jsonl")
    assert report.accepted + len(report.refused) == len(lines)
    assert report.accepted >= 3_680
    assert report.warnings == ["“likes”一列不认识，没有导入", "“dislikes”一列不认识，没有导入"]
    assert relay_all(system.store, system.bus) == report.accepted


def test_a_second_import_adds_only_duplicates(system, importing, real: Path):
    first = importing("labelled.jsonl")
    with runner_of(system) as runner:
        assert runner.once(120)
        before = _outcomes(system)
        assert before["received"] == first.accepted
        again = importing("labelled.jsonl")
        assert again.accepted == first.accepted
        assert runner.once(120)
    after = _outcomes(system)
    assert after["duplicate"] - before["duplicate"] == again.accepted
    assert after["received"] == 2 * first.accepted
    assert {name: after[name] for name in ("indexed", "rejected", "quarantined")} == {
        name: before[name] for name in ("indexed", "rejected", "quarantined")
    }


def test_a_table_without_texts_is_refused_and_says_what_it_has(system, real: Path):
    content = Content("taxonomy-3-level.csv", real / "messages" / "taxonomy-3-level.csv")
    more = {"clock": system.clock, "receipts": system.receipts}
    (report,) = import_files(system.store, system.files, [content], Options(), **more)
    assert "没有正文一列，只见到：一级分类、二级分类、三级分类" in report.refused[0].why


def test_the_article_the_project_starts_from_is_one_submission(real: Path):
    draft = document((real / "seed-article.txt").read_bytes(), "seed-article.txt")
    assert len(draft.text) > 2_000


def test_no_real_page_or_feed_crashes_a_reader(real: Path):
    files = [*(real / "site" / "pages").iterdir(), *(real / "charset").glob("*.*ml")]
    read = 0
    for path in files:
        for name in ("a.html", "a.txt", "a.eml", "a.docx", "a.pdf"):
            with contextlib.suppress(Refused):
                read += bool(document(path.read_bytes(), name).text)
    assert read >= 2 * len(files)


def test_the_labelled_messages_keep_their_words(system, importing, real: Path):
    rows = [json.loads(line) for line in (real / "messages" / "labelled.jsonl").read_text("utf-8").splitlines()]
    importing("labelled.jsonl")
    with system.store.reading() as session:
        messages = {one.origin: one for one in (decode(row.value) for row in session.arrivals.waiting(10_000))}
    for row in rows:
        text = messages[str(row["id"])].text
        assert text == row["text"].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def test_real_texts_come_back_from_a_document_character_by_character(real: Path):
    import docx

    for row in [json.loads(line) for line in (real / "site-gold.jsonl").read_text("utf-8").splitlines()][:30]:
        given = [row["title"] or "", *(row["text"] or "").split("\n")]
        document_ = docx.Document()
        for line in given:
            document_.add_paragraph(line)
        stream = io.BytesIO()
        document_.save(stream)
        with contextlib.suppress(Refused):
            draft = document(stream.getvalue(), "a.docx")
            lost = len("".join("".join(given).split())) - len("".join(f"{draft.title or ''}{draft.text}".split()))
            assert 0 <= lost <= 60  # what became a field


def test_hardly_a_real_message_has_an_author_but_by_its_own_word(real: Path):
    lines = (real / "messages" / "unlabelled.jsonl").read_text("utf-8").splitlines()
    found = [facts(json.loads(line)["text"]) for line in lines]
    sure = [one for one in found if one.author is not None and one.author.confidence >= HIGH]
    assert len(sure) <= len(lines) / 50
    assert all(one.title is None or len(one.title.value) <= 60 for one in found)
