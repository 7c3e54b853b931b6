"""eml: what Chinese mail programs send: names and charsets in every form, mails within mails, tables enclosed."""

from __future__ import annotations

import base64
from email import policy
from email.message import EmailMessage

import pytest

from pipeline.intake.formats.mail_words import decoded

BODY = "东桥的灯坏了三天，群众夜间出行不便，请尽快修复。"
LETTER = policy.SMTP.clone(max_line_length=998)


def letter(subject: str, text: str | None = None) -> EmailMessage:
    made = EmailMessage(policy=LETTER)
    made["Subject"], made["From"] = subject, "赵六 <zhao@example.cn>"
    if text is not None:
        made.set_content(text)
    return made


def raw(head: bytes, content: bytes) -> bytes:
    return b"From: a@b.cn\r\nMIME-Version: 1.0\r\n" + head + b"\r\n\r\n" + content


def word(text: str, charset: str = "gb18030", said: str = "gb2312") -> str:
    return f"=?{said}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def test_words_of_headers_in_every_form():
    whole = "烘干服务点".encode("gb18030")
    parts = " ".join(f"=?gbk?B?{base64.b64encode(piece).decode()}?=" for piece in (whole[:3], whole[3:]))
    assert decoded(parts) == "烘干服务点"  # a character cut in two
    assert decoded(word("朱镕基路")) == "朱镕基路"  # in GBK alone
    assert decoded(f"Re: {word('甲')} {word('乙')} 丙") == "Re: 甲乙 丙"
    assert decoded("=?utf-8?q?=E7=83=98_=E5=B9=B2?=") == "烘 干"
    assert decoded("=?nowhere?B?!!!?= =?utf-8?B?5qGl?=").endswith("桥")
    assert decoded("plain =?not a word") == "plain =?not a word"


@pytest.mark.parametrize("said", ["gb2312", "utf-8", "iso-8859-1", "x-unknown"])
@pytest.mark.parametrize("true", ["gb18030", "utf-8"])
def test_a_body_is_read_whatever_its_header_says(reading, said, true):
    content = raw(f"Subject: =?utf-8?B?5qGl?=\r\nContent-Type: text/plain; charset={said}".encode(), BODY.encode(true))
    assert reading(content, "a.eml").texts == [BODY]


@pytest.mark.parametrize(
    "name",
    [
        b"filename*=utf-8''%E6%A1%A5%E7%81%AF.txt",
        b"filename*0*=gb2312''%C7%C5;\r\n filename*1*=%B5%C6.txt",
        b'filename="' + word("桥灯.txt").encode() + b'"',
        b'filename="' + "桥灯.txt".encode("gb18030") + b'"',
        b'filename="C:\\\\x\\\\' + "桥灯.txt".encode() + b'"',
        b'filename="%E6%A1%A5%E7%81%AF.txt"',
    ],
)
def test_names_of_enclosed_files(reading, name):
    part = b"--x\r\nContent-Disposition: attachment; " + name + b"\r\n\r\n" + BODY.encode() + b"\r\n--x--\r\n"
    lead = b"--x\r\nContent-Type: text/plain\r\n\r\n" + ("第一件事的说明文字。" * 30).encode() + b"\r\n"
    found = reading(raw(b"Content-Type: multipart/mixed; boundary=x", lead + part), "a.eml")
    assert f"附件《桥灯.txt》：\n{BODY}" in found.texts[0]


def test_of_two_forms_the_plain_one_is_taken_unless_it_says_nothing(reading):
    full, empty = letter("桥灯", BODY), letter("桥灯", "您的邮箱不支持网页。")
    for mail in (full, empty):
        mail.add_alternative(f"<p>{BODY}</p>", subtype="html")
    assert reading(full.as_bytes(), "a.eml").texts == [BODY]
    assert reading(empty.as_bytes(), "a.eml").texts == [BODY]


def test_a_forwarded_mail_is_read_with_its_author(reading):
    inner = letter("关于桥灯的建议", f"{BODY}\n反映人：钱七\n")
    outer = letter("转发：来稿", "请阅。")
    outer.add_attachment(inner)
    draft = reading(outer.as_bytes(), "a.eml").rows[0].draft
    assert (draft.title, draft.author) == ("关于桥灯的建议", "钱七")
    assert BODY in draft.text


def test_mails_within_mails_end_somewhere(reading):
    mail = letter("最里", BODY)
    for depth in range(6):
        outer = letter(f"第{depth}层", "请阅。")
        outer.add_attachment(mail)
        mail = outer
    found = reading(mail.as_bytes(), "a.eml")
    assert found.warnings == ["邮件转发了 3 层以上，更里面的没有读取"]
    assert BODY not in found.texts[0]


def test_a_table_with_one_submission_is_read_one_with_more_is_told(reading, xlsx):
    form = xlsx(表=[["标题", "桥灯", "反映人", "李四"], ["单位", "县文化馆"], ["正文", BODY]])
    several = xlsx(表=[["正文"], ["文一"], ["文二"]])
    mail = letter("来稿", "附件请查收。")
    for name, content in (("表.xlsx", form), ("汇总.xlsx", several)):
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    found = reading(mail.as_bytes(), "a.eml")
    assert (found.rows[0].draft.title, found.rows[0].draft.author) == ("桥灯", "李四")
    assert found.warnings == ["附件“汇总.xlsx”没有读取：这张表有 2 件来稿。请把它单独导入"]


def test_what_the_mail_program_adds_is_no_text(reading):
    mail = letter("桥灯", f"{BODY}\n\n发自我的iPhone\n")
    assert reading(mail.as_bytes(), "a.eml").texts == [BODY]
