"""docx: the words in reading order, the particulars in their fields, and nothing dangerous opened."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.oxml.parser import parse_xml

from pipeline.intake.formats.numbering import chinese
from pipeline.intake.submit import FILE, check
from pipeline.text.secrecy import NOTICE

BODY = "近年来，全县家庭农场达到 412 家，粮食烘干能力不足。"


def test_a_document_gives_title_text_author_unit_and_telephone(reading, word):
    content = word(
        "关于设立粮食烘干服务点的建议",
        BODY,
        "建议：增设服务点。",
        "反映人：张三　　单位：县农业农村局",
        "电话：0990-1234567",
    )
    (row,) = reading(content, "稿.docx").rows
    draft = row.draft
    assert draft.title == "关于设立粮食烘干服务点的建议"
    assert draft.text == f"{BODY}\n建议：增设服务点。"
    assert (draft.author, draft.unit, draft.phone) == ("张三", "县农业农村局", "0990-1234567")


def test_a_title_style_wins_over_the_first_line(reading, word):
    draft = reading(word(BODY, title="关于烘干的建议"), "稿.docx").rows[0].draft
    assert (draft.title, draft.text) == ("关于烘干的建议", BODY)


def test_tables_come_in_reading_order(reading, word):
    content = word("题目", "前文。", [["年份", "能力"], ["2024", "3 万吨"]], "后文。")
    assert reading(content, "稿.docx").texts == ["前文。\n年份\t能力\n2024\t3 万吨\n后文。"]


def test_a_form_in_a_table_gives_its_fields(reading, word):
    form = [
        ["标题", "烘干难", "反映人", "李四"],
        ["单位", "县政协", "联系电话", "13800001111"],
        ["正文", BODY, "界别", "农业界"],
    ]
    draft = reading(word("社情民意信息报送表", form), "表.docx").rows[0].draft
    assert (draft.title, draft.author, draft.unit, draft.sector) == ("烘干难", "李四", "县政协", "农业界")
    assert BODY in draft.text
    assert "13800001111" not in draft.text


def _replaced(content: bytes, body: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "word/document.xml":
                head, _, rest = part.decode().partition("<w:body>")
                part = (head + "<w:body>" + body + rest[rest.index("<w:sectPr") :]).encode()
            new.writestr(name, part)
    return stream.getvalue()


def test_what_wps_writes_is_read_boxes_controls_and_tracked_changes(reading, word):
    body = (
        "<w:p><w:r><w:t>关于WPS</w:t></w:r><w:r><w:t>的题目</w:t></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>控件里的话。</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        '<w:p><w:ins w:id="1"><w:r><w:t>新增。</w:t></w:r></w:ins>'
        '<w:del w:id="2"><w:r><w:delText>删去。</w:delText></w:r></w:del></w:p>'
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice Requires="wps"><w:pict><w:txbxContent><w:p><w:r><w:t>框里的话。</w:t></w:r></w:p></w:txbxContent>'
        "</w:pict></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>框里的话。</w:t></w:r></w:p>"
        "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    draft = reading(_replaced(word("x"), body), "稿.docx").rows[0].draft
    assert draft.title == "关于WPS的题目"
    assert [line for line in draft.text.split("\n") if line] == ["控件里的话。", "新增。", "框里的话。"]


def _numbered(level: int, text: str) -> str:
    place = f'<w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="7"/></w:numPr></w:pPr>'
    return f"<w:p>{place}<w:r><w:t>{text}</w:t></w:r></w:p>"


def test_numbers_that_word_puts_by_itself_are_in_the_text(reading):
    document = docx.Document()
    level = '<w:lvl w:ilvl="{}"><w:start w:val="1"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    levels = level.format(0, "chineseCounting", "%1、") + level.format(1, "decimal", "%2.")
    root = document.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {space} w:abstractNumId="77">{levels}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {space} w:numId="7"><w:abstractNumId w:val="77"/></w:num>'))
    for depth, text in [(0, "现状"), (1, "甲"), (1, "乙"), (0, "建议"), (1, "丙")]:
        paragraph = parse_xml(_numbered(depth, text).replace("<w:p>", f"<w:p {space}>", 1))
        document.element.body.insert(len(document.element.body) - 1, paragraph)
    stream = io.BytesIO()
    document.save(stream)
    lines = reading(stream.getvalue(), "稿.docx").texts[0].split("\n")
    assert lines == ["一、现状", "1. 甲", "2. 乙", "二、建议", "1. 丙"]


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "100")]
)
def test_numbers_are_written_as_in_chinese_print(number, text):
    assert chinese(number) == text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "其实是一张图片（JPEG）"),
        (b"%PDF-1.7", "其实是PDF 文件"),
        (b"PK\x03\x04" + b"\0" * 100, "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版 Office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16le"), "密码"),
        (b"   ", "空的"),
    ],
)
def test_what_is_no_docx_is_refused_with_a_sentence(reading, content, sentence):
    found = reading(content, "稿.docx")
    assert found.rows == []
    assert sentence in found.why


def test_a_zip_that_is_no_document_and_a_torn_part_are_refused(reading, zip_of, word):
    assert "不是 Word 文档" in reading(zip_of({"a.txt": "x"}), "稿.docx").why
    assert "不是 Word 文档" in reading(_replaced(word("x"), "<w:p><w:r>"), "稿.docx").why


def test_a_header_that_lies_nowhere_is_refused(reading, word):
    body = "<w:p><w:r><w:t>路灯坏了。</w:t></w:r></w:p><w:sectPr><w:headerReference w:type='default'/></w:sectPr>"
    assert "内部已损坏" in reading(_replaced(word("x"), body), "稿.docx").why


def test_a_bomb_in_a_docx_is_not_unpacked(reading, zip_of):
    assert "没有打开" in reading(zip_of({"word/document.xml": b"<" * 60_000_000}), "稿.docx").why


def test_an_empty_document_is_refused(reading, word):
    assert "没有文字" in reading(word(""), "稿.docx").why


@pytest.mark.parametrize(("blocks", "header"), [(["机密★5年"], None), ([""], "机密★5年"), (["题", "文。"], "秘密★1年")])
def test_a_mark_of_secrecy_is_refused_wherever_it_stands(reading, word, blocks, header):
    (row,) = reading(word(*blocks, header=header), "稿.docx").rows
    refusal = check(row.draft, FILE)
    assert refusal is not None
    assert refusal.what == NOTICE
