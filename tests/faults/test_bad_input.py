"""Bad input end to end: each kind has its outcome and its sentence, and what is good beside it is never lost."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from crawlers.run import crawl
from pipeline.errors import RuleError
from pipeline.intake.imports import Content, ImportReport, Options, import_files
from pipeline.records.items import Quarantined
from pipeline.wiring import System
from pipeline.workers import runner_of
from tests.crawlers.site import Answer, Site, article, listing
from tests.faults import driver
from tests.faults.county import County
from tests.faults.proof import OUTCOMES, ledger_is_proven

pytestmark = pytest.mark.faults
GOOD = "柳湾村三号桥两侧护栏去年汛期冲毁后一直没有修复，学生上学要从桥上走，夜间没有路灯，建议汛期前修好。"


def imported(system: System, name: str, content: bytes) -> ImportReport:
    contents = [Content(name, content)]
    (report,) = import_files(
        system.store, system.files, contents, Options(), clock=system.clock, receipts=system.receipts
    )
    return report


def rows(*values: object) -> bytes:
    return "\n".join(
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values
    ).encode()


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 400_000_000)
    return stream.getvalue()


FILES = {
    "a malformed row": ("a.jsonl", rows({"text": GOOD}, "{坏行"), 1, "2"),
    "an empty row": ("a.jsonl", rows({"text": GOOD}, {"text": ""}), 1, "正文"),
    "a huge row": ("a.jsonl", rows({"text": GOOD}, {"text": "长" * 2_000_000}), 1, "超过|过大|太大"),
    "a doubled id with another text": (
        "a.jsonl",
        rows({"id": "1", "text": GOOD}, {"id": "1", "text": "另"}),
        1,
        "编号相同",
    ),
    "a table without the needed column": ("a.csv", "姓名,日期\n甲,乙".encode(), 0, "姓名"),
    "a renamed picture": ("a.docx", b"\xff\xd8\xff\xe0" + b"\0" * 500, 0, "图片|不是|打不开"),
    "a zip bomb": ("a.docx", None, 0, "展开后有 400 MB"),
    "an empty file": ("a.txt", b"", 0, "空"),
    "a mark of secrecy": ("a.txt", f"机密★5年\n{GOOD}".encode(), 0, "非涉密"),
}


@pytest.mark.parametrize("case", FILES.values(), ids=[name.replace(" ", "_") for name in FILES])
def test_a_bad_file_or_row_is_named_and_the_good_rows_are_taken(
    system: System, case: tuple[str, bytes | None, int, str]
):
    import re

    name, content, accepted, said = case
    report = imported(system, name, bomb() if content is None else content)
    assert report.accepted == accepted
    assert len(report.refused) == 1
    assert re.search(said, report.refused[0].why), report.refused[0].why
    with runner_of(system) as runner:
        assert runner.once(limit=60)
        assert runner.report.outcomes == ({"pending": accepted} if accepted else {})


PAGES = {
    "a picture with a page's name": (Answer(b"\xff\xd8\xff\xe0" + b"\0" * 900), "quarantined", "图片"),
    "a page of no text": (Answer(b"<html><body><script>1</script></body></html>"), "rejected", "没有可读的文字"),
    "a page of broken bytes": (Answer(b"<html><p>" + bytes(range(128, 255)) * 20), "quarantined", "损坏|低置信"),
    "a page with a mark": (article("通报", f"绝密★长期</p><p>{GOOD}"), "rejected", "国家秘密标志"),
}


@pytest.mark.parametrize("case", PAGES.values(), ids=[name.replace(" ", "_") for name in PAGES])
def test_a_bad_page_ends_in_one_outcome_with_a_sentence(
    system: System, site: Site, tmp_path: Path, case: tuple[Answer, str, str]
):
    import re

    bad, outcome, said = case
    county = County(1, tmp_path / "county", site)
    site.pages |= {"/": listing(["/bad.html", "/good.html"]), "/bad.html": bad, "/good.html": article("好", GOOD * 3)}
    (report,) = crawl(system, catalogue=Path(county.catalogue), limits=driver.QUICK)
    assert (report.new, report.failed) == (2, 0)
    with runner_of(system) as runner:
        assert runner.once(limit=60)
    with system.store.reading() as session:
        (row,) = session.ledger.balance()
        reasons = [one.reason for one in session.quarantine.list() if isinstance(one, Quarantined)]
    found = {name: getattr(row, name) for name in OUTCOMES}
    assert found == {"indexed": 1, "rejected": 0, "quarantined": 0} | {outcome: 1}
    assert outcome == "rejected" or re.search(said, reasons[0])
    ledger_is_proven(system)


def test_a_page_of_50_mb_is_a_failure_with_a_sentence_and_the_others_are_taken(
    system: System, site: Site, tmp_path: Path
):
    county = County(1, tmp_path / "county", site)
    site.pages |= {
        "/": listing(["/huge.html", "/good.html"]),
        "/huge.html": Answer(b"<p>" + b"x" * 50_000_000),
        "/good.html": article("好", GOOD),
    }
    (report,) = crawl(system, catalogue=Path(county.catalogue), limits=driver.QUICK)
    assert (report.new, report.failed) == (1, 1)
    assert "网页太大" in report.reasons[0].why


def test_a_wrong_catalogue_is_told_with_line_and_field(system: System, tmp_path: Path):
    file = tmp_path / "catalogue.yaml"
    file.write_text(
        "version: 1\nsources:\n  - name: a\n    title: 甲\n    starts:\n      - {kind: list, url: 网址}\n",
        encoding="utf-8",
    )
    with pytest.raises(RuleError, match=r"url") as told:
        crawl(system, catalogue=file, limits=driver.QUICK)
    assert "6" in str(told.value)
