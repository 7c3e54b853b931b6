"""Files: contents under their own sha256. Written once, durable before the name is given out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from pipeline.records.items import Finding

LOST = "请核对 MINYI_HOME 和 MINYI_FILES 是不是存这些文件时的那一处；确已丢失的，请从备份恢复"


class Files(Protocol):
    """A place for files."""

    def put(self, content: bytes) -> str:
        """Keep a content durably (fsynced) and give its name (sha256, hex). The same content is kept once."""
        ...

    def get(self, name: str) -> bytes:
        """The content. Raises NotFound; Broken when its bytes no longer match its name."""
        ...

    def has(self, name: str) -> bool:
        """Whether it is there."""
        ...

    def remove(self, name: str) -> None:
        """Remove it; harmless when it is gone."""
        ...

    def names(self) -> Iterator[str]:
        """Every name, for backup."""
        ...

    def check(self) -> list[Finding]:
        """doctor's lines."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...
