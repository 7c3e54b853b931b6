"""Texts that a site has split over pages, joined: `join(texts) -> str`. Linear, never raises."""

from __future__ import annotations

from collections.abc import Sequence

_HEAD = 6  # lines at a part's head that may repeat the first part's


def join(texts: Sequence[str]) -> str:
    """One text of the parts, in order: parts that are there already, heads that every part repeats and lines that end
    one part and begin the next are kept once."""
    joined: list[str] = []
    seen: set[str] = set()
    for text in texts:
        if text in seen or not text:
            continue
        seen.add(text)
        joined.extend(_new(joined, text.split("\n")))
    return "\n".join(joined)


def _new(joined: Sequence[str], lines: Sequence[str]) -> Sequence[str]:
    """What of a part's lines is not there yet."""
    first = joined[:_HEAD]
    start = 0
    while start < min(_HEAD, len(lines)) and lines[start] in first:
        start += 1
    for count in range(min(_HEAD, len(joined), len(lines) - start), 0, -1):
        if list(joined[-count:]) == list(lines[start : start + count]):
            return lines[start + count :]
    return lines[start:]
