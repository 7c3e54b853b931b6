"""Words of the screen that the command line and the desk share: outcomes in the books, our own inlets."""

from __future__ import annotations

OUTCOMES = {
    "received": "收到",
    "indexed": "已入库",
    "pending": "待入库",
    "duplicate": "重复",
    "rejected": "不收",
    "quarantined": "隔离",
    "purged": "已清除",
}
# Other sources have names of their own.
INLETS = {"web": "网页表单", "api": "来稿接口"}


def source_word(source: str | None) -> str:
    """A source as the screen calls it."""
    return INLETS.get(source or "", source or "")


def whence(kind: str, source: str | None, state: str = "") -> str:
    """来稿·县农技站: kind and source, without the kind where the source or the state beside it says it already."""
    word = source_word(source)
    return word if kind in word or kind == state else f"{kind}·{word}"


def source_key(said: str | None) -> str | None:
    """A source as the books have it, from its name there or on screen."""
    return next((key for key, word in INLETS.items() if word == said), said)
