"""message: a saved mail (eml) -> its submission: the body, then the enclosed files that can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from pipeline.clock import stored
from pipeline.errors import Refused
from pipeline.intake.drafts import Draft, Limits, joined
from pipeline.intake.formats import DOCUMENTS, document, particulars, suffix_of, values
from pipeline.intake.formats.columns import Warn
from pipeline.text import charset

_PREFIX = re.compile(r"^((re|fw|fwd|回复|答复|转发)\s*[:：]\s*)+", re.IGNORECASE)
# A covering note (「附件请查收」): the enclosed file then gives the title.
NOTE = 200


def read(content: bytes, limits: Limits, warn: Warn) -> Draft:
    """The draft of a mail. Raises Refused when it is no mail or too deeply folded."""
    try:
        mail = message_from_bytes(content, policy=policy.default)
        parts = list(_parts(mail, limits))
    except (MessageError, RecursionError, ValueError, LookupError, AttributeError) as error:
        raise Refused("邮件读不懂", fix="请在邮箱里重新导出为 .eml，或另存正文和附件") from error
    if not mail.keys():
        raise Refused("不是邮件文件", fix="请在邮箱里导出为 .eml")
    body = _body(parts, limits, warn)
    enclosed = [found for part in parts if (found := _enclosed(part, limits, warn)) is not None]
    return _together(mail, body, enclosed)


def _parts(mail: EmailMessage, limits: Limits) -> Iterator[EmailMessage]:
    for count, part in enumerate(mail.walk()):
        if count >= limits.parts:
            raise Refused(f"邮件有 {limits.parts} 个以上部分", fix="请把要报的稿件单独另存")
        if not part.is_multipart():
            yield part


def _body(parts: list[EmailMessage], limits: Limits, warn: Warn) -> str:
    texts = [part for part in parts if part.get_filename() is None and not part.is_attachment()]
    plain = [_text(part) for part in texts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n".join(plain).strip()
    pages = [part for part in texts if part.get_content_type() == "text/html"]
    return "\n".join(_page(part, limits, warn) for part in pages).strip()


def _text(part: EmailMessage) -> str:
    return values.tidy(charset.decode(_bytes(part), _said(part)).text)


def _said(part: EmailMessage) -> dict[str, str]:
    return {"content-type": f"text/plain; charset={part.get_content_charset() or ''}"}


def _bytes(part: EmailMessage) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _page(part: EmailMessage, limits: Limits, warn: Warn) -> str:
    try:
        found = document(_bytes(part), "body.html", limits, warn)
    except Refused:
        return ""
    return "\n".join(filter(None, (found.title, found.text)))


def _enclosed(part: EmailMessage, limits: Limits, warn: Warn) -> tuple[str, Draft] | None:
    name = part.get_filename()
    if name is None:
        return None
    if part.get_content_disposition() == "inline" and suffix_of(name) not in DOCUMENTS:
        return None  # a picture of the letterhead
    if suffix_of(name) not in DOCUMENTS - {".eml"}:
        warn(f"附件“{name}”没有读取：只读 docx、pdf、txt、html")
        return None
    try:
        return name, document(_bytes(part), name, limits, warn)
    except Refused as refused:
        warn(f"附件“{name}”没有读取：{refused}")
        return None


def _together(mail: EmailMessage, body: str, enclosed: list[tuple[str, Draft]]) -> Draft:
    subject = _PREFIX.sub("", _header(mail, "subject") or "").strip() or None
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


def _header(mail: EmailMessage, name: str) -> str | None:
    raw = next((str(value) for key, value in mail.raw_items() if key.lower() == name), "")
    if any("\udc80" <= char <= "\udcff" for char in raw):
        # Raw bytes in a header, against RFC 5322, as old Chinese clients write them.
        text = charset.decode(raw.encode("utf-8", "surrogateescape"), {}).text
    else:
        text = str(_parsed(mail, name) or "")
    return " ".join(values.tidy(text).split()) or None


def _parsed(mail: EmailMessage, name: str) -> object:
    """A header as the library understands it; None when it stumbles over a malformed one."""
    try:
        return mail.get(name)
    except (AttributeError, LookupError, TypeError, ValueError):
        return None


def _sender(mail: EmailMessage) -> tuple[str | None, str | None]:
    try:
        addresses = getattr(_parsed(mail, "from"), "addresses", ())
    except (AttributeError, LookupError, TypeError, ValueError):
        addresses = ()
    if not addresses:
        return None, None
    return values.as_text(addresses[0].display_name), values.as_text(addresses[0].addr_spec)


def _sent(mail: EmailMessage) -> str | None:
    try:
        return stored(parsedate_to_datetime(str(_parsed(mail, "date"))))
    except (ValueError, TypeError):
        return None
