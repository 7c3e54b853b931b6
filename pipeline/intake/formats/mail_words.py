"""mail_words: what the headers of a mail say, in the forms that Chinese clients have written them in.

RFC 2047 words (also where they are not allowed, and with a character cut in two between them), RFC 2231 parameters,
raw bytes; GB 2312 is read as GB 18030, whose characters it is used for.
"""

from __future__ import annotations

import binascii
import re
from email.message import Message
from urllib.parse import unquote_to_bytes

from pipeline.intake.formats import values
from pipeline.text import charset

_WORD = re.compile(r"=\?([A-Za-z0-9.:_*-]{1,40})\?([bBqQ])\?([^?]{0,4000})\?=")
_GB = frozenset({"gb2312", "gbk", "gb_2312-80", "cp936", "x-gbk", "euc-cn", "hz-gb-2312"})
_LONGEST = 20_000


def header(part: Message, name: str) -> str | None:
    """A header's words on one line; None when it is not there or empty."""
    return " ".join(decoded(_raw(part, name)).split()) or None


def file_name(part: Message) -> str | None:
    """The name of an enclosed file, without folders; None when the part has none."""
    for where, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        if found := _parameter(_raw(part, where), parameter):
            name = re.split(r"[/\\]", " ".join(values.tidy(decoded(found)).split()))[-1]
            if name:
                return name
    return None


def decoded(text: str) -> str:
    """A header's text with its encoded words read. Never raises."""
    pieces: list[str] = []
    waiting, name, end = b"", "", 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        own = word[1].partition("*")[0].lower()
        if waiting and (between.strip() or own != name):
            pieces.append(_read(waiting, name))
            waiting = b""
        if between.strip() or (not waiting and not pieces):
            pieces.append(between)
        waiting, name, end = waiting + _bytes(word[2], word[3]), own, word.end()
    if waiting:
        pieces.append(_read(waiting, name))
    return values.tidy("".join((*pieces, text[end:])))


def _raw(part: Message, name: str) -> str:
    """A header as it stands in the file, its raw bytes read."""
    raw = next((str(value) for key, value in part.raw_items() if key.lower() == name), "")[:_LONGEST]
    if any("\udc80" <= char <= "\udcff" for char in raw):
        # Against RFC 5322, as old Chinese clients write them.
        raw = charset.decode(raw.encode("utf-8", "surrogateescape"), {}).text
    return " ".join(raw.splitlines())


def _parameter(raw: str, name: str) -> str:
    holder = Message()
    try:
        holder["content-disposition"] = values.tidy(raw)
        found = holder.get_param(name, header="content-disposition")
    except (AttributeError, LookupError, TypeError, ValueError):
        return ""
    if isinstance(found, tuple):
        kind, _, text = found
        return _read(text.encode("latin-1", "replace"), (kind or "").lower())
    found = str(found or "").strip()
    # %E5%85%B3… without the star that RFC 2231 wants.
    return _read(unquote_to_bytes(found), "") if re.search("(?:%[0-9A-Fa-f]{2}){3}", found) else found


def _bytes(form: str, text: str) -> bytes:
    try:
        if form in "bB":
            return binascii.a2b_base64(text + "=" * (-len(text) % 4))
        return binascii.a2b_qp(text, header=True)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")


def _read(content: bytes, name: str) -> str:
    try:
        return content.decode("gb18030" if name in _GB else name or "utf-8")
    except (LookupError, ValueError):
        return charset.decode(content, {"content-type": f"text/plain; charset={name}"}).text
