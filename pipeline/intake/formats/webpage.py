"""webpage: a saved page (html) -> its submission: title, main text, author and date as the page gives them."""

from __future__ import annotations

from pipeline.clock import stored
from pipeline.intake.drafts import Draft, Limits
from pipeline.intake.formats import values
from pipeline.intake.formats.columns import Warn
from pipeline.text import charset, secrecy

UNSURE = 0.5
HEAD = 60  # visible lines


def read(content: bytes, _limits: Limits, warn: Warn) -> Draft:
    """The draft of a page; what stands around its main text is looked at for marks of secrecy alone."""
    # Its library takes .3 s to load, and most imports have no page.
    from pipeline.text import extraction

    page = extraction.extract(values.tidy(charset.decode(content, {}).text))
    if page is None:
        return Draft()
    if page.confidence < UNSURE:
        warn("网页的正文没有把握，请对照原页")
    mark = secrecy.starred(page.visible[:HEAD])
    return Draft(
        text=page.text,
        title=page.title,
        author=page.author,
        published_at=stored(page.moment) if page.moment else None,
        margins=("\n".join(page.visible[mark.line - 1 : mark.line]),) if mark else (),
    )
