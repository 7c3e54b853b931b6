"""plain: a text file -> its submission. The charset is found by `pipeline.text.charset`."""

from __future__ import annotations

from pipeline.intake.drafts import Draft, Limits
from pipeline.intake.formats import particulars, values
from pipeline.intake.formats.columns import Warn
from pipeline.text import charset


def read(content: bytes, _limits: Limits, warn: Warn) -> Draft:
    """The draft of a text file; characters that could not be read are told."""
    decoded = charset.decode(content, {})
    if decoded.damaged:
        warn(f"有 {decoded.damaged} 处字符读不出来，已用“\ufffd”标出，请对照原件")
    return particulars.found(values.tidy(decoded.text))
