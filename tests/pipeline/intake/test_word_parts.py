"""docx, what real ones are full of: only what its reader sees is read, once, in order."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from pipeline.intake.formats.flow import equation
from pipeline.intake.formats.numbering import written
from pipeline.intake.formats.symbols import sign

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
HEAD = "关于烘干的建议"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def cell(*blocks: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(blocks)}</w:tc>"


@pytest.fixture
def made(zip_of):
    """A docx of this body, as small as may be, with more parts: (kind, content)."""

    def build(*body: str, main: str = W, **parts: str) -> bytes:
        links = "".join(
            f'<Relationship Id="{kind}" Type="{R}/{kind}" Target="{kind}.xml"/>' for kind in parts if kind != "chunk"
        )
        if "chunk" in parts:
            links += f'<Relationship Id="chunk" Type="{R}/aFChunk" Target="chunk.html"/>'
        space = f'xmlns:w="{main}" xmlns:r="{R}"'
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        return zip_of(
            {
                "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="a" Type="{R}/officeDocument" '
                'Target="word/document.xml"/></Relationships>',
                "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}">{links}</Relationships>',
                "word/document.xml": f"<w:document {space}><w:body>{''.join((paragraph(run(HEAD)), *body))}</w:body>"
                "</w:document>",
                **{
                    f"word/{kind}.{'html' if kind == 'chunk' else 'xml'}": content.replace("SPACE", space)
                    for kind, content in parts.items()
                },
            }
        )

    return build


@pytest.fixture
def lines(reading, made):
    def read(*body: str, **parts: str) -> list[str]:
        found = reading(made(*body, **parts), "稿.docx")
        assert found.why == ""
        assert found.rows[0].draft.title == HEAD
        return found.texts[0].split("\n")

    return read


def test_hidden_words_and_those_of_a_hidden_style_are_not_read(lines):
    style = '<w:styles SPACE><w:style w:type="character" w:styleId="h"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
    body = paragraph(
        run("甲"), run("藏", "<w:vanish/>"), run("藏", '<w:rStyle w:val="h"/>'), run("乙。", '<w:vanish w:val="0"/>')
    )
    assert lines(body, styles=style) == ["甲乙。"]


def test_a_paragraph_whose_end_was_deleted_runs_into_the_next(lines):
    deleted = "<w:rPr><w:del w:id='1'/></w:rPr>"
    body = (paragraph(run("前半"), properties=deleted), paragraph(run("后半。")), paragraph(properties=deleted))
    assert lines(*body) == ["前半后半。"]


def test_deleted_rows_and_cells_are_gone(lines):
    gone = f"<w:tr><w:trPr><w:del w:id='1'/></w:trPr>{cell(paragraph(run('删')))}</w:tr>"
    kept = f"<w:tr>{cell(paragraph(run('甲')))}{cell(paragraph(run('删')), properties='<w:cellDel/>')}</w:tr>"
    assert lines(f"<w:tbl>{gone}{kept}</w:tbl>", paragraph(run("完。"))) == ["甲", "完。"]


def test_merged_cells_are_read_once_and_a_table_within_a_cell_with_it(lines):
    inner = f"<w:tbl><w:tr>{cell(paragraph(run('内一')))}{cell(paragraph(run('内二')))}</w:tr></w:tbl>"
    restart, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    first = f"<w:tr>{cell(paragraph(run('年度')), properties=restart)}{cell(paragraph(run('能力')))}</w:tr>"
    cells = cell(inner, paragraph(run("三"))) + cell(paragraph(run("四")))
    second = f"<w:tr>{cell(paragraph(run('旧')), properties=on)}{cells}</w:tr>"
    table = f"<w:tbl>{first}{second}</w:tbl>"
    assert lines(table, paragraph(run("完。"))) == ["年度\t能力", "\t内一\t内二 三\t四", "完。"]


def test_a_form_whose_first_column_spans_rows_gives_its_fields(reading, made):
    def row(*cells: str) -> str:
        return "<w:tr>" + "".join(cell(paragraph(run(one))) for one in cells) + "</w:tr>"

    rows = row("基本情况", "姓名", "李四"), row("", "工作单位", "县文化馆"), row("", "电话", "13800001111")
    table = f"<w:tbl>{''.join(rows)}</w:tbl>"
    draft = reading(made(table, paragraph(run("正文一段。"))), "稿.docx").rows[0].draft
    assert (draft.author, draft.unit, draft.phone) == ("李四", "县文化馆", "13800001111")
    assert draft.text == "正文一段。"


def field(code: str, result: str, *, told: bool = True) -> str:
    kinds = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    middle = kinds[1] + run(result) if told else ""
    return f"{kinds[0]}<w:r><w:instrText>{code}</w:instrText></w:r>{middle}{kinds[2]}"


def test_fields_show_their_results_and_a_torn_one_does_not_swallow_the_rest(lines):
    begun = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK</w:instrText></w:r>'
    body = (
        paragraph(run("见"), field('HYPERLINK "x"', "附件"), run("。")),
        paragraph(field(r"eq \o\ac(○,3)", "", told=False), run("三项。")),
        paragraph(begun),
        paragraph(run("其余。")),
    )
    assert lines(*body) == ["见附件。", "③三项。", "", "其余。"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (r" EQ \o\ac(○,12)", "⑫"),
        (r"eq \o\ac(□,急)", "急"),
        (r"EQ \* jc2 \o\ad(\s\up 9(pīn),拼)", "拼"),
        (r"EQ \f(1,3)", "1/3"),
        ("PAGE", ""),
        ("EQ \\o" * 1000, ""),
    ],
)
def test_equation_fields(code, shown):
    assert equation(code) == shown


def test_readings_placeholders_and_symbols(lines):
    ruby = f"<w:r><w:ruby><w:rt>{run('hōng')}</w:rt><w:rubyBase>{run('烘')}</w:rubyBase></w:ruby></w:r>"
    empty = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('单击此处输入')}</w:sdtContent></w:sdt>"
    box = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
    assert lines(paragraph(ruby, run("干"), empty, box, run("是\uf0b7。"))) == ["烘干☑是•。"]


def test_notes_are_marked_and_follow_comments_do_not(lines):
    note = f'<w:footnotes SPACE><w:footnote w:id="2">{paragraph(run("见年鉴。"))}</w:footnote></w:footnotes>'
    comment = f'<w:comments SPACE><w:comment w:id="1">{paragraph(run("批注"))}</w:comment></w:comments>'
    marks = '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:commentReference w:id="1"/></w:r>'
    assert lines(paragraph(run("412 家"), marks, run("。")), footnotes=note, comments=comment) == [
        "412 家[1]。",
        "[1] 见年鉴。",
    ]


def test_a_page_kept_whole_within_a_document_is_read(lines):
    assert lines('<w:altChunk r:id="chunk"/>', chunk="<html><body><p>第一段。</p><p>第二段。</p></body></html>") == [
        "第一段。",
        "第二段。",
    ]


def test_the_strict_form_reads_like_the_usual_one(reading, made):
    content = made(paragraph(run("一段。")), main="http://purl.oclc.org/ooxml/wordprocessingml/main")
    assert reading(content, "稿.docx").texts == ["一段。"]


def test_a_document_with_entities_is_refused_and_says_where(reading, zip_of):
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><w:document/>'
    why = reading(zip_of({"word/document.xml": bomb}), "稿.docx").why
    assert "word/document.xml" in why
    assert "实体声明" in why


@pytest.mark.parametrize("deep", [200, 5_000])
def test_elements_nested_deep_crash_nothing(reading, made, deep):
    body = "<w:sdt>" * deep + paragraph(run("底。")) + "</w:sdt>" * deep
    found = reading(made(body), "稿.docx")
    assert found.texts == ["底。"] or "已损坏" in found.why


def test_a_torn_part_that_is_not_the_text_is_told(reading, made):
    found = reading(made(paragraph(run("一段。")), numbering="<w:numbering"), "稿.docx")
    assert found.texts == ["一段。"]
    assert found.warnings == ["文档的“word/numbering.xml”部分已损坏，没有读取，请对照原件"]


@pytest.mark.parametrize(
    ("form", "number", "text"),
    [
        ("decimalEnclosedParen", 3, "⑶"),
        ("ideographTraditional", 2, "乙"),
        ("chineseLegalSimplified", 4, "肆"),
        ("decimalZero", 7, "07"),
        ("upperLetter", 28, "BB"),
        ("upperRoman", 1994, "MCMXCIV"),
        ("lowerLetter", 10**9, "1000000000"),
        ("lowerRoman", 10**9, "1000000000"),
    ],
)
def test_list_numbers_in_every_form_are_short(form, number, text):
    assert written(number, form) == text


def test_signs_of_fonts_that_are_not_known():
    assert sign("2460", "宋体") == "①"
    assert sign("xyz", "Wingdings") == sign("F020", "Nowhere") == ""


def test_what_the_library_writes_is_read_with_its_heads_apart(reading):
    document = docx.Document()
    document.add_paragraph(HEAD)
    document.add_paragraph("一段。")
    document.sections[0].footer.paragraphs[0].text = "页脚"
    stream = io.BytesIO()
    document.save(stream)
    draft = reading(stream.getvalue(), "稿.docx").rows[0].draft
    assert (draft.text, draft.margins) == ("一段。", ("页脚",))
    assert zipfile.is_zipfile(io.BytesIO(stream.getvalue()))
