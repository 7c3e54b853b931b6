"""embedded: a page kept whole within a document (html or mht) -> its visible lines."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy

from pipeline.intake.formats import values
from pipeline.text import charset, markup

_HEAD = 1000


def lines(content: bytes) -> Iterator[str]:
    """The lines of a page, or of the pages in a web archive (MIME)."""
    if b"mime-version:" not in content[:_HEAD].lower():
        yield from _page(content)
        return
    for part in message_from_bytes(content, policy=policy.compat32).walk():
        if part.get_content_type() == "text/html" and isinstance(body := part.get_payload(decode=True), bytes):
            yield from _page(body)


def _page(content: bytes) -> Iterator[str]:
    tree = markup.parse(values.tidy(charset.decode(content, {}).text))
    yield from () if tree is None else markup.lines(tree)
