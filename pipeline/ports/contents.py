"""Which items have contents in files: pages too large for a message. Found as `session.contents`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Contents(Protocol):
    """Items and the contents in files that are theirs; the messages that named them may be gone."""

    def hold(self, rows: Sequence[tuple[str, str]]) -> None:
        """Note (item, content's name). Written before the content is: what no row names may be removed."""
        ...

    def of_item(self, item: str) -> list[str]:
        """Names of the item's contents."""
        ...

    def release(self, item: str, name: str | None = None) -> None:
        """The item has this content no longer, or none at all."""
        ...

    def refers(self, name: str) -> bool:
        """Whether any item has this content."""
        ...
