"""What stands on paper: OFFICE 25, GB/T 9704—2012 7.3."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.blocks import Run, date_line, number_line, paragraph, sheet, title_lines
from tests.pipeline.documents.bulletins import DIGEST, DRAFT, ISSUED


def test_an_issue_names_its_number_and_running_number():
    assert number_line(ISSUED) == "第86期（总第1203期）"


def test_a_draft_has_no_number_and_is_marked():
    words = sheet(DRAFT)
    assert (words.number, words.mark, words.date) == ("第　期", "送审稿", "")


def test_an_issue_bears_no_mark():
    assert sheet(ISSUED).mark == ""


def test_a_second_edition_keeps_the_number_and_says_so():
    assert number_line(replace(ISSUED, edition=2)) == "第86期（总第1203期）（更正）"


def test_a_series_without_running_number_prints_none():
    assert number_line(replace(ISSUED, running_from_series=False)) == "第86期"


def test_a_date_has_no_leading_zeros():
    assert date_line(date(2026, 1, 5)) == "2026年1月5日"


def test_the_author_opens_the_body_or_ends_it():
    assert sheet(ISSUED).pieces[0].paragraphs[0].text.startswith("县政协委员、某家庭农场负责人反映：当前")
    assert (
        sheet(replace(ISSUED, author_at="foot")).pieces[0].paragraphs[-1].text
        == "（反映人：县政协委员、某家庭农场负责人）"
    )


def test_an_author_without_consent_is_nowhere():
    assert "反映" not in "".join(one.text for one in sheet(DIGEST).pieces[1].paragraphs)


def test_a_digest_lists_its_titles():
    assert sheet(DIGEST).contents == ("关于设立粮食烘干公共服务点的建议", "完善村级养老助餐点运营补助的建议")


@pytest.mark.parametrize(
    ("line", "levels"),
    [
        ("一、主要问题", [1]),
        ("（二）布局不合理。现有设备多集中在平原乡镇。", [2, 0]),
        ("1．以乡镇为单位设立。由县农业农村局牵头。", [3, 0]),
        ("（1）给予购置补贴。", [4]),
        ("一、二十余个字的句子后面没有句号而且一直写下去写到超过四十个字的时候它就不再是一个标题而是正文了对不对", [0]),
        ("2026年以来，全县新增三处。", [0]),
        ("3.5万亩耕地受影响。", [0]),
    ],
)
def test_headings_take_the_face_of_their_level(line: str, levels: list[int]):
    assert [run.level for run in paragraph(line).runs] == levels


def test_no_word_is_lost_by_splitting_a_heading():
    line = "（二）布局不合理。现有设备多集中在平原乡镇。"
    assert paragraph(line).text == line
    assert paragraph(line).runs[0] == Run("（二）布局不合理。", 2)


def test_a_long_title_breaks_between_words_in_even_lines():
    assert title_lines("农村快递“最后一公里”二次收费的成因与治理建议") == (
        "农村快递“最后一公里”",
        "二次收费的成因与治理建议",
    )


@given(st.text("农村快递“最后一公里”收费，的成因与治理建议", max_size=70))
def test_a_titles_lines_hold_every_character(title: str):
    lines = title_lines(title)
    assert "".join(lines) == title
    assert max(map(len, lines)) <= 40


def test_the_telephone_has_a_line_of_its_own():
    words = sheet(ISSUED)
    assert (words.people, words.telephone) == ("责任编辑：责编甲　核稿：核稿乙　签发：签发丙", "电话：0990-0000000")
