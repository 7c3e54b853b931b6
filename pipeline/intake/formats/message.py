"""message: a saved mail (eml) -> its submission: the body, then the enclosed files that can be read, each by its own
reader; a forwarded mail within a mail is such a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from pipeline.clock import stored
from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits, RefusedRow, joined
from pipeline.intake.formats import DOCUMENTS, WORKBOOKS, document, mail_words, particulars, suffix_of, values
from pipeline.intake.formats import read as read_file
from pipeline.intake.formats.columns import Warn
from pipeline.text import charset

_PREFIX = re.compile(r"^(?:(?:re|fw|fwd|回复|答复|转发)\s{0,9}[:：]\s{0,9}){1,20}", re.IGNORECASE)
# A covering note (「附件请查收」): the enclosed file then gives the title.
NOTE = 200
FORWARDED = 3  # mails within mails
FOLDED = 30  # parts within parts
_STUMBLES = (MessageError, RecursionError, ValueError, LookupError, AttributeError, TypeError)
_SENT_FROM = re.compile(
    r"(?:发自|来自|从)\s?.{0,20}(?:手机|i ?Phone|i ?Pad|邮箱|邮箱大师|邮件发送|客户端|Mail)[^。]{0,9}", re.IGNORECASE
)
# The library looks for every open boundary in every line.
_MULTIPARTS = 50


def read(content: bytes, limits: Limits, warn: Warn) -> Draft:
    """The draft of a mail. Raises Refused when it is no mail or too deeply folded."""
    if content.lower().count(b"multipart/") > _MULTIPARTS:
        raise Refused(f"邮件里套了 {_MULTIPARTS} 层以上", fix="请把要报的稿件单独另存")
    try:
        mail = message_from_bytes(content, policy=policy.compat32)
        if not mail.keys():
            raise Refused("不是邮件文件", fix="请在邮箱里导出为 .eml")
        return _Reading(limits, warn).mail(mail, 0)
    except _STUMBLES as error:
        raise Refused("邮件读不懂", fix="请在邮箱里重新导出为 .eml，或另存正文和附件") from error


@dataclass
class _Contents:
    """What one mail holds: the texts of its body and its files, read."""

    texts: list[str] = field(default_factory=list)
    files: list[tuple[str, Draft]] = field(default_factory=list)


@dataclass
class _Reading:
    """Reads one mail and those within it; together they have at most `limits.parts` parts."""

    limits: Limits
    warn: Warn
    count: int = 0

    def mail(self, mail: Message, within: int) -> Draft:
        """The draft of a mail that stands within so many others."""
        found = _Contents()
        self._part(mail, found, within, 0)
        body = "\n".join(text.strip("\n") for text in found.texts if text.strip())
        return _together(mail, _without_client(body), found.files)

    def _part(self, part: Message, found: _Contents, within: int, depth: int) -> None:
        self.count += 1
        if self.count > self.limits.parts:
            raise Refused(f"邮件有 {self.limits.parts} 个以上部分", fix="请把要报的稿件单独另存")
        if depth > FOLDED:
            raise Refused(f"邮件里套了 {FOLDED} 层以上", fix="请把要报的稿件单独另存")
        kind, name = part.get_content_type(), mail_words.file_name(part)
        if kind == "message/rfc822" or (name is not None and suffix_of(name) == ".eml"):
            self._forwarded(part, name, found, within)
        elif kind == "multipart/alternative":
            self._alternative(part, found, within, depth)
        elif part.is_multipart():
            for child in _children(part):
                self._part(child, found, within, depth + 1)
        elif name is not None:
            self._enclosed(part, name, found)
        elif kind in {"text/plain", "text/html"} and part.get_content_disposition() != "attachment":
            found.texts.append(self._page(part) if kind == "text/html" else _text(part))

    def _alternative(self, part: Message, found: _Contents, within: int, depth: int) -> None:
        """Of several forms of one text the plain one, unless it says less than half of what the page says."""
        forms: list[tuple[str, str]] = []
        for child in _children(part):
            own = _Contents(files=found.files)
            self._part(child, own, within, depth + 1)
            forms.append((child.get_content_type(), "\n".join(own.texts)))
        plain = next((text for kind, text in forms if kind == "text/plain"), "")
        longest = max((text for _, text in forms), key=len, default="")
        found.texts.append(plain if len(plain) * 2 >= len(longest) else longest)

    def _page(self, part: Message) -> str:
        try:
            page = document(_bytes(part), "body.html", self.limits, self.warn)
        except Refused:
            return ""
        return "\n".join(filter(None, (page.title, page.text)))

    def _forwarded(self, part: Message, name: str | None, found: _Contents, within: int) -> None:
        if within >= FORWARDED:
            self.warn(f"邮件转发了 {FORWARDED} 层以上，更里面的没有读取")
            return
        inner = part.get_payload(0) if part.is_multipart() else message_from_bytes(_bytes(part), policy=policy.compat32)
        if not isinstance(inner, Message) or not inner.keys():
            self.warn(f"附件“{name or '转发的邮件'}”没有读取：不是邮件文件")
            return
        draft = self.mail(inner, within + 1)
        if draft.text.strip():
            found.files.append((name or draft.title or "转发的邮件", draft))

    def _enclosed(self, part: Message, name: str, found: _Contents) -> None:
        suffix = suffix_of(name)
        if suffix not in DOCUMENTS | WORKBOOKS:
            # A picture of the letterhead needs no word.
            if part.get_content_disposition() != "inline":
                self.warn(f"附件“{name}”没有读取：只读 docx、doc、xlsx、pdf、txt、html")
            return
        try:
            draft = self._workbook(part, name) if suffix in WORKBOOKS else self._document(part, name)
        except Refused as refused:
            self.warn(f"附件“{name}”没有读取：{refused}")
        else:
            found.files.append((name, draft))

    def _document(self, part: Message, name: str) -> Draft:
        return document(_bytes(part), name, self.limits, self.warn)

    def _workbook(self, part: Message, name: str) -> Draft:
        rows = list(read_file(_bytes(part), name, self.limits, warn=self.warn))
        if len(rows) != 1:
            raise Refused(f"这张表有 {len(rows)} 件来稿", fix="请把它单独导入")
        if isinstance(only := rows[0], RefusedRow):
            raise Refused(only.why)
        return only.draft


def _children(part: Message) -> list[Message]:
    found = part.get_payload()
    return [child for child in found if isinstance(child, Message)] if isinstance(found, list) else []


def _text(part: Message) -> str:
    said = {"content-type": f"text/plain; charset={part.get_content_charset() or ''}"}
    return values.tidy(charset.decode(_bytes(part), said).text)


def _bytes(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _without_client(body: str) -> str:
    """The body without the line that a mail program adds at its end."""
    lines = body.rstrip().split("\n")
    while lines and (not lines[-1].strip() or _SENT_FROM.fullmatch(lines[-1].strip())):
        lines.pop()
    return "\n".join(lines).strip()


def _together(mail: Message, body: str, enclosed: Sequence[tuple[str, Draft]]) -> Draft:
    subject = _PREFIX.sub("", mail_words.header(mail, "subject") or "").strip() or None
    own = particulars.found(body, subject)
    note = len(enclosed) == 1 and len(own.text) <= NOTE
    whole = joined(replace(own, title=None) if note else own, enclosed)
    name, address = _sender(mail)
    return replace(
        whole,
        title=whole.title or subject,
        author=whole.author or name,
        email=whole.email or address,
        published_at=whole.published_at or _sent(mail),
    )


def _sender(mail: Message) -> tuple[str | None, str | None]:
    name, address = parseaddr(mail_words.header(mail, "from") or "")
    return values.as_text(name), values.as_text(address) if "@" in address else None


def _sent(mail: Message) -> str | None:
    try:
        return stored(parsedate_to_datetime(mail_words.header(mail, "date") or ""))
    except (ValueError, TypeError, OverflowError):
        return None
