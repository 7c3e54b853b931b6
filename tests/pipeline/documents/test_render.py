"""Every format of one bulletin: the same words, the same bytes each time, nothing of a contact in properties."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import docx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.documents import FORMATS, render
from pipeline.documents.fonts import FAMILIES, find_fonts
from pipeline.documents.names import LONGEST, TITLE, file_name, shortened
from pipeline.documents.pdf import name_size
from pipeline.errors import Broken, UsageError
from pipeline.records.bulletins import Article, Bulletin
from tests.pipeline.documents.bulletins import ARTICLE, DIGEST, DRAFT, ISSUED

WORDS = (
    "内部资料 注意保存",
    "社情民意信息",
    "政协岚禾县委员会办公室",
    "关于设立粮食烘干公共服务点的建议",
    "场地不足",
    "签发丙",
)


@pytest.fixture(scope="session", autouse=True)
def chinese_fonts() -> None:
    try:
        find_fonts()
    except Broken as error:
        pytest.skip(f"no Chinese font: {error.fix}")


def words_of(bulletin: Bulletin, form: str) -> str:
    content = render(bulletin, form).content
    if form == "pdf":
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        return "".join(page.extract_text() for page in pages).replace("\n", "")
    if form == "docx":
        document = docx.Document(io.BytesIO(content))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([line.text for line in document.paragraphs] + cells)
    return content.decode()


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_holds_every_word(form: str):
    found = words_of(ISSUED, form)
    assert [word for word in (*WORDS, "第86期（总第1203期）", "共印60份") if word not in found] == []


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("bulletin", [ISSUED, DRAFT, DIGEST], ids=["issued", "draft", "digest"])
def test_the_same_bulletin_gives_the_same_bytes(bulletin: Bulletin, form: str):
    assert render(bulletin, form).content == render(bulletin, form).content


@pytest.mark.parametrize("form", ["pdf", "html", "md"])
def test_a_draft_is_marked_in_every_format(form: str):
    assert "送审稿" in words_of(DRAFT, form)
    assert "送审稿" not in words_of(ISSUED, form)


def test_a_docx_draft_carries_the_mark_in_its_headers():
    with zipfile.ZipFile(io.BytesIO(render(DRAFT, "docx").content)) as archive:
        headers = [
            archive.read(name).decode() for name in archive.namelist() if "header" in name and name.endswith(".xml")
        ]
    assert sum("送审稿" in header for header in headers) == 2


def test_a_docx_names_the_unit_and_no_person():
    core = docx.Document(io.BytesIO(render(ISSUED, "docx").content)).core_properties
    assert (core.author, core.last_modified_by, core.comments) == (ISSUED.masthead.unit, ISSUED.masthead.unit, "")


def test_a_docx_has_neither_comments_nor_tracked_changes():
    with zipfile.ZipFile(io.BytesIO(render(ISSUED, "docx").content)) as archive:
        assert not [name for name in archive.namelist() if "comments" in name]
        body = archive.read("word/document.xml")
    assert b"<w:ins " not in body
    assert b"<w:del " not in body


def test_words_are_never_markup():
    tricky = replace(ARTICLE, title="#let x = 1 <b>&*_$", text="<script>alert(1)</script>\n#panic() $x$ *a* _b_ \\ @c")
    bulletin = replace(ISSUED, articles=(tricky,), title=tricky.title)
    assert b"<script>" not in render(bulletin, "html").content
    assert "#panic() $x$ *a* _b_" in words_of(bulletin, "pdf")
    assert "\\*a\\*" in words_of(bulletin, "md")


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("完善村级养老助餐点运营补助的建议", "完善村级养老助餐点运营补助的建议"),
        ("农村快递“最后一公里”二次收费的成因与治理建议", "农村快递“最后一公里”二次收费的成因与治"),
        ("关于推动全县制造业企业加快应用DeepSeek的建议", "关于推动全县制造业企业加快应用"),
        ("关于尽快修复县城东环路沿线3.5公里破损路面的建议", "关于尽快修复县城东环路沿线3.5公里破损"),
        ("关于尽快修复县城东环路沿线破损路面13.5公里", "关于尽快修复县城东环路沿线破损路面"),
        ("关于把我县老旧小区改造资金补助比例提到35％的建议", "关于把我县老旧小区改造资金补助比例提到"),
        ("关于解决我县中小制造企业数字化“智改数转”难的建议", "关于解决我县中小制造企业数字化"),
        ("关于“中小制造企业智能化改造和数字化转型”的建议", "关于中小制造企业智能化改造和数字化转型"),
        ("A" * 30, "A" * 20),
    ],
)
def test_a_long_title_is_cut_between_words_and_leaves_no_mark_open(title: str, kept: str):
    assert file_name(replace(ISSUED, title=title), "pdf") == f"社情民意信息_2026年第086期_{kept}_印发稿.pdf"


@given(st.text("甲乙ab19.%“”《》（）", max_size=40))
def test_the_part_of_a_title_is_never_longer_than_twenty_nor_empty(title: str):
    kept = shortened(title)
    assert len(kept) <= TITLE
    assert kept or not title.strip("“”《》（）")


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_any_text_renders(text: str):
    bulletin = replace(ISSUED, articles=(Article("i", text[:50], text),), title=text[:50])
    assert all(render(bulletin, form).content for form in FORMATS)


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(UsageError, match="docx、pdf、html、md"):
        render(ISSUED, "odt")


def test_a_long_name_keeps_one_line():
    assert name_size("社情民意信息") == 52
    assert name_size("岚禾县政协社情民意信息专报增刊") * 15 < 420


def test_every_role_has_a_face_of_its_own_first():
    assert set(FAMILIES) == {"title", "body", "kai", "hei", "song"}


def test_a_file_name_is_padded_and_safe_on_windows():
    assert file_name(ISSUED, "docx") == "社情民意信息_2026年第086期_关于设立粮食烘干公共服务点的建议_印发稿.docx"
    assert file_name(replace(ISSUED, title='a/b:c*?"<>|. '), "pdf") == "社情民意信息_2026年第086期_abc_印发稿.pdf"
    assert file_name(DRAFT, "pdf").endswith("_送审稿.pdf")
    assert file_name(replace(ISSUED, edition=2), "pdf").endswith("_更正稿.pdf")


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_file_name_is_longer_than_eighty(name: str, title: str):
    masthead = replace(ISSUED.masthead, name=name)
    assert len(file_name(replace(ISSUED, title=title, masthead=masthead), "docx")) <= LONGEST
