"""txt, html, pdf and eml: one submission each."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest
import typst

TEXT = (
    "关于农村寄递二次收费的情况\n\n反映人：李四  单位：县邮政管理局\n"
    "村民取件另付费。\n建议：规范收费。\n联系电话：13800001111"
)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_file_reads_in_every_charset(reading, charset):
    draft = reading(TEXT.encode(charset), "a.txt").rows[0].draft
    assert draft.title == "关于农村寄递二次收费的情况"
    assert draft.text == "村民取件另付费。\n建议：规范收费。"
    assert (draft.author, draft.unit, draft.phone) == ("李四", "县邮政管理局", "13800001111")


def test_a_text_of_one_paragraph_has_no_title(reading):
    draft = reading("村民取件另付费。", "a.txt").rows[0].draft
    assert (draft.title, draft.text) == (None, "村民取件另付费。")


def test_a_line_that_only_resembles_a_particular_stays_in_the_text(reading):
    text = "题目\n电话：市民普遍反映打不通。希望改进。\n村民反映人：多。"
    draft = reading(text, "a.txt").rows[0].draft
    assert draft.phone is None
    assert "打不通" in draft.text


def test_a_text_file_that_is_something_else_is_refused(reading):
    assert "其实是压缩包或 Office 文件" in reading(b"PK\x03\x04", "a.txt").why


def test_a_saved_page_gives_its_main_text(reading):
    lines = "".join(f"<p>第 {number} 段，说明全县冷链设施的布局和存在的问题。</p>" for number in range(8))
    page = f"<html><head><title>冷链</title></head><body><nav>首页 | 关于</nav><h1>县域冷链</h1>{lines}</body></html>"
    draft = reading(page, "a.html").rows[0].draft
    assert "第 3 段" in draft.text
    assert "首页 | 关于" not in draft.text


def _pdf(source: str) -> bytes:
    return typst.compile(source.encode(), format="pdf")


def test_a_pdf_with_text_is_read_and_its_lines_flow(reading):
    body = "一二三四五六七八九十" * 12
    found = reading(_pdf(f"关于烘干的建议\n\n{body}。\n\n反映人：王五"), "a.pdf")
    draft = found.rows[0].draft
    assert draft.title == "关于烘干的建议"
    assert body in draft.text
    assert draft.author == "王五"


def test_a_scanned_pdf_says_so(reading):
    found = reading(_pdf("#rect(width: 100%, height: 50%, fill: red)"), "a.pdf")
    assert "没有文字（扫描件）" in found.why


@pytest.mark.parametrize("content", [b"%PDF-1.7\nbroken", b"%PDF-1.4\n" + b"\0" * 2000])
def test_a_broken_pdf_is_refused(reading, content):
    assert "PDF 已损坏" in reading(content, "a.pdf").why


def test_a_locked_pdf_is_refused(reading):
    import io

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(_pdf("文"))))
    writer.encrypt("秘口令", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    assert "密码" in reading(stream.getvalue(), "a.pdf").why


def _mail(**headers: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = headers.get("subject", "回复：来稿：桥灯不亮")
    mail["From"] = "赵六 <zhao@example.cn>"
    mail["Date"] = "Mon, 23 Nov 2026 09:00:00 +0800"
    return mail


def test_a_mail_gives_subject_body_sender_and_date(reading):
    mail = _mail()
    mail.set_content("东桥的灯坏了三天。\n电话：13800001111\n", charset="gb18030")
    draft = reading(mail.as_bytes(), "a.eml").rows[0].draft
    assert (draft.title, draft.text) == ("来稿：桥灯不亮", "东桥的灯坏了三天。")
    assert (draft.author, draft.email, draft.phone) == ("赵六", "zhao@example.cn", "13800001111")
    assert draft.published_at == "2026-11-23T01:00:00.000000Z"


def test_a_covering_note_leaves_title_and_author_to_the_enclosed_file(reading, word):
    mail = _mail(subject="来稿")
    mail.set_content("附件请查收。")
    content = word("关于桥灯的建议", "东桥的灯坏了。", "反映人：钱七")
    mail.add_attachment(content, maintype="application", subtype="octet-stream", filename="桥灯.docx")
    mail.add_attachment(b"\xff\xd8\xff", maintype="image", subtype="jpeg", filename="现场.jpg")
    found = reading(mail.as_bytes(), "a.eml")
    draft = found.rows[0].draft
    assert (draft.title, draft.author) == ("关于桥灯的建议", "钱七")
    assert "东桥的灯坏了。" in draft.text
    assert found.warnings == ["附件“现场.jpg”没有读取：只读 docx、doc、xlsx、pdf、txt、html"]


def test_an_html_mail_is_read(reading):
    mail = _mail()
    mail.set_content(
        "<html><body><p>东桥的灯坏了三天，群众夜间出行不便，希望尽快修复。</p></body></html>", subtype="html"
    )
    assert "东桥的灯坏了三天" in reading(mail.as_bytes(), "a.eml").texts[0]


def test_raw_bytes_in_a_subject_are_read(reading):
    head = b"From: a@b.cn\r\nSubject: " + "桥灯不亮".encode("gb18030") + b"\r\n\r\n"
    draft = reading(head + "东桥的灯坏了三天，请修。".encode("gb18030"), "a.eml").rows[0].draft
    assert (draft.title, draft.text) == ("桥灯不亮", "东桥的灯坏了三天，请修。")


def test_what_is_no_mail_is_refused(reading):
    assert "不是邮件" in reading("随便写的一段话".encode(), "a.eml").why


def test_a_mail_folded_without_end_is_refused(reading):
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth) for depth in range(3000)
    )
    found = reading(deep, "a.eml")
    assert found.rows == []
    assert found.why


@pytest.mark.parametrize("head", ["机密★5年 社情民意信息", "内部资料\n机密★5年", "秘密★1年\n社情民意信息"])
def test_a_mark_of_secrecy_above_the_title_is_seen(reading, head):
    from pipeline.intake.submit import FILE, check

    draft = reading(f"{head}\n关于桥灯的建议\n东桥的灯坏了。", "a.txt").rows[0].draft
    assert check(draft, FILE) is not None


def test_a_contact_leaves_the_text_and_who_to_call_stays_beside_the_number(reading):
    text = "关于桥灯的建议\n东桥的灯坏了三天，请修。\n联系人：王五 电话：13800001111 地址：东桥村"
    draft = reading(text, "a.txt").rows[0].draft
    assert (draft.author, draft.phone) == (None, "13800001111（王五）")
    assert draft.text == "东桥的灯坏了三天，请修。"


def test_a_post_joins_its_unit_and_a_sentence_keeps_its_words(reading):
    text = "关于桥灯的建议\n单位：县文化馆\n职务：馆长\n县政协委员李四反映：东桥的灯坏了。"
    draft = reading(text, "a.txt").rows[0].draft
    assert (draft.unit, draft.author) == ("县文化馆馆长", "李四")
    assert draft.text == "县政协委员李四反映：东桥的灯坏了。"
