"""Documents as offices make them, from texts of the real input, each with what its reader should see: docx with
tables, boxes, notes, tracked changes and hidden words; pdf; workbooks; mails. Made in memory or a temporary folder."""

from __future__ import annotations

import base64
import io
import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.shared import Pt

from tests.eval.material import rows

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
WPS = 'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
# Words that no reader should see: taken out, hidden, a field's code, the page's head.
UNSEEN = "删去的旧句子不应读出", "隐藏的批语不应读出", "域代码不应读出", "每页都有的页眉"
FONT = "Noto Serif CJK SC"


@dataclass(frozen=True)
class Text:
    """One submission of the real input: its title and paragraphs."""

    title: str
    paragraphs: tuple[str, ...]
    article: bool = False


@dataclass(frozen=True)
class Made:
    """A file, its name, and the text that a reader of it should see."""

    name: str
    content: bytes
    seen: str


def texts(count: int, seed: int) -> list[Text]:
    """Articles and messages by turns, of more than one sentence."""
    chance = random.Random(seed)
    articles = [(row["title"], row["text"], True) for row in rows("site-gold.jsonl") if row["title"] and row["text"]]
    messages = [
        (row["title"], row["text"], False) for row in rows("messages/unlabelled.jsonl") if len(row["text"]) > 150
    ]
    chosen = chance.sample(articles, min(count // 2, len(articles)))
    chosen += chance.sample(messages, count - len(chosen))
    found = [Text(" ".join(title.split()), _paragraphs(text), article) for title, text, article in chosen]
    chance.shuffle(found)
    return found


def _paragraphs(text: str) -> tuple[str, ...]:
    given = [" ".join(line.split()) for line in text[:6000].split("\n") if line.strip()]
    if len(given) > 1:
        return tuple(given)
    # A message in one line is cut at its sentences, as its author would have.
    pieces, held = [], ""
    for sentence in given[0].replace("。", "。\0").split("\0"):
        held += sentence
        if len(held) > 90:
            pieces.append(held)
            held = ""
    return tuple(filter(None, (*pieces, held)))


def plain_word(text: Text) -> Made:
    """A title and indented paragraphs, nothing else; with a head on every page and its number."""
    document = _document()
    heading = document.add_paragraph(text.title)
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    heading.runs[0].font.size = Pt(22)
    for line in text.paragraphs:
        paragraph = document.add_paragraph(line)
        paragraph.paragraph_format.first_line_indent = Pt(32)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    return Made("a.docx", _saved(document), "\n".join((text.title, *text.paragraphs)))


def rich_word(text: Text, number: int, *, controls: bool = True) -> Made:
    """One with what real ones hold: two tables, text boxes, tracked changes, hidden words, fields, and content controls
    unless LibreOffice is to convert it (7.4 writes the words of a control with a field in it many times)."""
    document = _document()
    document.add_paragraph(text.title)
    seen = [text.title]
    for at, line in enumerate(text.paragraphs):
        seen.append(line)
        if at % 4 == number % 4:
            document.element.body.insert(-1, _changed(line))
        elif at % 4 == (number + 1) % 4:
            document.element.body.insert(-1, _boxed(line, f"框内文字第{at}处"))
            seen.append(f"框内文字第{at}处")
        elif at % 4 == (number + 2) % 4:
            document.element.body.insert(-1, _controlled(line, controls=controls))
        else:
            document.add_paragraph(line)
        if at == 1:
            seen += _tables(document, text, number)
    return Made("a.docx", _saved(document), "\n".join(seen))


def _document() -> Any:
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    document.sections[0].header.paragraphs[0].text = UNSEEN[3]
    foot = document.sections[0].footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for part in (_run("- "), f'<w:fldSimple {W} w:instr="PAGE">{_run("1")}</w:fldSimple>', _run(" -")):
        foot._p.append(parse_xml(part))
    return document


def _run(words: str, properties: str = "", tag: str = "t") -> str:
    own = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r {W}>{own}<w:{tag} xml:space="preserve">{escape(words)}</w:{tag}></w:r>'


def _changed(line: str) -> Any:
    third = len(line) // 3
    return parse_xml(
        f"<w:p {W}>{_run(line[:third])}"
        f'<w:del w:id="1" w:author="x">{_run(UNSEEN[0], tag="delText")}</w:del>'
        f'<w:ins w:id="2" w:author="x">{_run(line[third : 2 * third])}</w:ins>'
        f"{_run(UNSEEN[1], '<w:vanish/>')}{_run(line[2 * third :])}</w:p>"
    )


def _boxed(line: str, words: str) -> Any:
    box = f"<w:txbxContent><w:p>{_run(words)}</w:p></w:txbxContent>"
    return parse_xml(
        f'<w:p {W} {MC} {WPS}>{_run(line)}<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>'
        f"<wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        "</w:p>"
    )


def _controlled(line: str, *, controls: bool) -> Any:
    half = len(line) // 2
    begin, separate, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end"))
    code = _run(f' HYPERLINK "http://example.cn/{UNSEEN[2]}" ', tag="instrText")
    paragraph = f"<w:p {W}>{_run(line[:half])}{begin}{code}{separate}{_run(line[half:])}{end}</w:p>"
    return parse_xml(f"<w:sdt {W}><w:sdtContent>{paragraph}</w:sdtContent></w:sdt>" if controls else paragraph)


def _tables(document: Any, text: Text, number: int) -> list[str]:
    """A table with merged cells and one within a cell; what is in them."""
    words = text.paragraphs[0]
    cells = [[words[at * 4 + column * 12 : at * 4 + column * 12 + 4] or "空" for column in range(3)] for at in range(3)]
    table = document.add_table(3, 3)
    for row, given in zip(table.rows, cells, strict=True):
        for cell, one in zip(row.cells, given, strict=True):
            cell.text = one
    table.cell(0, 0).merge(table.cell(1, 0)).text = cells[0][0]
    inner = table.cell(2, 2).add_table(1, 2)
    for cell, one in zip(inner.rows[0].cells, ("内表甲", f"内表乙{number}"), strict=True):
        cell.text = one
    cells[1][0] = ""
    cells[2][2] += f" 内表甲 内表乙{number}"
    return ["\t".join(row) for row in cells]


def _saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def converted(given: Sequence[Made], kind: str) -> list[Made]:
    """Files as LibreOffice turns them into another kind, in one call; empty when it is not there."""
    from pipeline.intake.formats import soffice

    if (office := soffice.program()) is None:
        return []
    with TemporaryDirectory() as folder:
        home = Path(folder)
        names = [home / f"{at:03}{Path(one.name).suffix}" for at, one in enumerate(given)]
        for path, one in zip(names, given, strict=True):
            path.write_bytes(one.content)
        profile = (home / "profile").as_uri()
        words = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind, "--outdir", str(home)]
        subprocess.run([*words, *map(str, names)], check=True, capture_output=True, timeout=300)
        suffix = kind.partition(":")[0]
        return [
            Made(f"a.{suffix}", path.with_suffix(f".{suffix}").read_bytes(), one.seen)
            for path, one in zip(names, given, strict=True)
        ]


def typeset(text: Text, columns: int = 1) -> Made:
    """A PDF by typst: another program's way of drawing, here and there in two columns."""
    import typst

    body = "\n\n".join(map(_typst, text.paragraphs))
    page = f'#set page(width: 21cm, height: 29.7cm, numbering: "1", columns: {columns})\n'
    type_ = f'#set text(font: "{FONT}", size: 14pt, lang: "zh")\n'
    par = "#set par(first-line-indent: (amount: 2em, all: true), justify: true)\n"
    source = f"{page}{type_}{par}#align(center)[{_typst(text.title)}]\n\n{body}\n"
    return Made("a.pdf", typst.compile(source.encode(), format="pdf"), "\n".join((text.title, *text.paragraphs)))


def _typst(line: str) -> str:
    return '#"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'


def workbook(given: Sequence[Text], *, form: bool) -> Made:
    """A list of submissions below a table's title, the unit merged over its rows; or one submission as a form."""
    if form:
        (text,) = given
        grid: list[list[str]] = [
            ["社情民意信息报送表"],
            ["标题", text.title, "反映人", "张三"],
            ["单位", "岚禾县政协", "联系电话", "13800001111"],
            ["正文", "\n".join(text.paragraphs)],
        ]
        return Made("a.xlsx", _xlsx(grid, []), "\n".join(text.paragraphs))
    grid = [["来稿汇总表"], ["报送单位", "标题", "正文"]]
    grid += [
        ["岚禾县政协" if at % 2 == 0 else "", one.title, "\n".join(one.paragraphs)] for at, one in enumerate(given)
    ]
    merged = [f"A{at}:A{at + 1}" for at in range(3, len(grid), 2)]
    return Made("b.xlsx", _xlsx(grid, merged), "\n".join("\n".join(one.paragraphs) for one in given))


def _xlsx(grid: Sequence[Sequence[str]], merged: Sequence[str]) -> bytes:
    from tests.pipeline.intake.conftest import MAIN, OFFICE, PACKAGE, zipped

    cells = "".join(
        f'<row r="{at}">'
        + "".join(
            f'<c r="{chr(65 + column)}{at}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
            for column, value in enumerate(row)
        )
        + "</row>"
        for at, row in enumerate(grid, 1)
    )
    joins = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    kinds = "application/vnd.openxmlformats-"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="{kinds}package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="{kinds}officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData>'
        f'<mergeCells count="{len(merged)}">{joins}</mergeCells></worksheet>',
    }
    return zipped(parts)


def mail(text: Text, number: int) -> Made:
    """A mail of one of five makes: plain, wrongly declared, in two forms, forwarded, with the text enclosed."""
    body = "\n".join(text.paragraphs)
    seen = f"{text.title}\n{body}"
    outer = _headed("转发：来稿")
    match number % 5:
        case 0:
            content = _plain(text, body.encode("gb18030", "replace"), "gb18030")
        case 1:  # says GB 2312, is UTF-8
            content = _plain(text, body.encode(), "gb2312")
        case 2:
            content = _in_two_forms(text)
        case 3:
            outer.add_attachment(_inner(text))
            content = outer.as_bytes()
        case _:
            word, name = plain_word(text).content, f"{text.title[:20]}.docx"
            outer.add_attachment(word, maintype="application", subtype="octet-stream", filename=name)
            content = outer.as_bytes()
    return Made("a.eml", content, seen)


def _headed(subject: str) -> EmailMessage:
    made = EmailMessage(policy=policy.SMTP.clone(max_line_length=998))
    made["Subject"], made["From"], made["Date"] = subject, "岚禾 <a@example.cn>", "Mon, 23 Nov 2026 09:00:00 +0800"
    return made


def _inner(text: Text) -> EmailMessage:
    made = _headed(text.title)
    made.set_content("\n".join(text.paragraphs) + "\n")
    return made


def _in_two_forms(text: Text) -> bytes:
    made = _headed(text.title)
    made.set_content("您的邮箱不支持网页格式。")
    made.add_alternative("".join(f"<p>{escape(line)}</p>" for line in text.paragraphs), subtype="html")
    return made.as_bytes()


def _plain(text: Text, body: bytes, said: str) -> bytes:
    subject = base64.b64encode(text.title.encode("gb18030", "replace")).decode()
    head = (
        f"Subject: =?gb2312?B?{subject}?=\r\nFrom: a@example.cn\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset={said}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(body)
