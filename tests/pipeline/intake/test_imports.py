"""imports: every row accepted or named; a second import adds only duplicates; nothing is revised by accident."""

from __future__ import annotations

import json

import pytest

from pipeline.errors import Transient
from pipeline.intake import imports
from pipeline.intake.imports import Content, Options, import_files
from pipeline.records.messages import decode


@pytest.fixture
def importing(system):
    def run(text: str | bytes, name="来稿.jsonl", *, store=None, **options):
        content = Content(name, text.encode() if isinstance(text, str) else text)
        reports = import_files(
            store or system.store,
            system.files,
            [content],
            Options(**options),
            clock=system.clock,
            receipts=system.receipts,
        )
        (report,) = list(reports)
        return report

    return run


def _lines(*rows: dict) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def _messages(system):
    with system.store.reading() as session:
        return [decode(row.value) for row in session.arrivals.waiting(10_000)]


def test_good_rows_are_stored_and_bad_ones_named(system, importing):
    report = importing(_lines({"text": "一"}, {"text": ""}, {"text": "机密★5年\n文"}, {"text": "二"}))
    assert report.as_json()["accepted"] == 2
    assert [one["row"] for one in report.as_json()["refused"]] == [2, 3]
    assert report.refused[1].why.startswith("本系统为非涉密系统")
    assert [message.text for message in _messages(system)] == ["一", "二"]
    assert {message.source for message in _messages(system)} == {"来稿"}
    assert not report.ok


def test_the_json_of_a_report_is_that_of_the_contract(importing):
    assert importing('{"text": "一"}').as_json() == {"file": "来稿.jsonl", "accepted": 1, "refused": []}


def test_a_dry_run_says_the_same_and_stores_nothing(system, importing):
    report = importing(_lines({"text": "一"}, {}), dry_run=True)
    assert (report.accepted, len(report.refused)) == (1, 1)
    assert _messages(system) == []


def test_a_row_already_here_is_sent_again_under_its_item_with_a_new_message(system, importing):
    rows = _lines({"id": 1, "text": "一"}, {"text": "二"})
    importing(rows)
    assert importing(rows).accepted == 2
    messages = _messages(system)
    assert len({message.message_id for message in messages}) == 4
    assert len({(message.source, message.origin) for message in messages}) == 2


def test_an_import_that_would_revise_is_refused_whole_unless_told(system, importing):
    importing(_lines({"id": 1, "text": "一"}, {"id": 2, "text": "二"}))
    other = _lines({"id": 1, "text": "别的"}, {"id": 2, "text": "二"}, {"id": 3, "text": "三"})
    report = importing(other)
    assert report.accepted == 0
    assert report.refused[0].row is None
    assert "有 1 行（第 1行）" in report.refused[0].why
    assert "--revise" in report.refused[0].why
    assert len(_messages(system)) == 2
    assert importing(other, revise=True).accepted == 3


def test_a_named_source_may_revise_and_other_sources_never_collide(importing):
    importing(_lines({"id": 1, "text": "一"}), source="甲")
    assert importing(_lines({"id": 1, "text": "改"}), source="甲").accepted == 1
    assert importing(_lines({"id": 1, "text": "改"}), source="乙").accepted == 1


def test_two_rows_of_one_id_and_two_texts_are_told_apart(importing):
    report = importing(_lines({"id": 1, "text": "一"}, {"id": 1, "text": "别的"}, {"id": 1, "text": "一"}))
    assert report.accepted == 2
    assert report.refused[0].row == 2
    assert "与第 1 行编号相同而内容不同" in report.refused[0].why


def test_a_file_that_cannot_be_read_is_one_refusal(importing, tmp_path, system):
    report = importing(b"\xff\xd8\xff", "照片.docx")
    assert report.as_json()["refused"][0]["row"] is None
    gone = Content("无.csv", tmp_path / "无.csv")
    (report,) = import_files(
        system.store, system.files, [gone], Options(), clock=system.clock, receipts=system.receipts
    )
    assert "没有这个文件" in report.refused[0].why


def test_web_leads_are_imported_as_such(system, importing):
    importing(_lines({"url": "https://a.cn/1", "text": "一"}), kind="web_lead")
    assert _messages(system)[0].kind == "web_lead"


class _Away:
    """The store behind it, which is away for the first `times` write sessions."""

    def __init__(self, store, times):
        self.store = store
        self.times = times

    def reading(self):
        return self.store.reading()

    def writing(self):
        self.times -= 1
        if self.times >= 0:
            raise Transient("来稿库正被占用", fix="请稍候")
        return self.store.writing()


def test_a_store_away_for_a_moment_costs_nothing(system, importing, monkeypatch):
    monkeypatch.setattr(imports, "PAUSE", 0.001)
    assert importing('{"text": "一"}', store=_Away(system.store, 2)).accepted == 1
    assert len(_messages(system)) == 1


def test_a_store_away_for_good_stops_with_what_was_accepted(system, importing, monkeypatch):
    monkeypatch.setattr(imports, "PAUSE", 0.001)
    report = importing('{"text": "一"}', store=_Away(system.store, 10**6))
    assert report.accepted == 0
    assert "来稿库正被占用" in report.stopped
    assert "已收 0 行" in report.stopped
    assert not report.ok


def test_a_large_import_goes_in_groups(system, importing):
    report = importing("\n".join(json.dumps({"id": number, "text": f"第 {number} 件"}) for number in range(1203)))
    assert report.accepted == 1203
    with system.store.reading() as session:
        assert session.arrivals.outbox()[0] >= 1203
