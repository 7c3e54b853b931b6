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
# A record set aside: the step that gave it up, why, and where it stands.
STEPS = {
    "read": "读取", "clean": "清洗", "dedup": "查重", "classify": "分类", "locate": "地名", "score": "参考排序",
    "store": "入库", "search": "检索",
}  # fmt: skip
FAULTS = {
    "low_confidence": "低置信",
    "unreadable": "读不出",
    "too_large": "太大",
    "not_a_page": "不是网页",
    "refused": "不接受",
    "crash": "处理中断",
}
OTHER_FAULT = "程序出错"
STATES = {"waiting": "待处理", "replayed": "已重新处理", "removed": "已移除"}
# Other sources have names of their own.
INLETS = {"web": "网页表单", "api": "来稿接口"}
# Parts of the installation, as doctor and alarms name them.
PARTS = {
    "alarms": "告警",
    "arrivals": "来稿",
    "backup": "备份",
    "bus": "总线",
    "clock": "时间",
    "files": "文件",
    "folder": "文件夹",
    "fonts": "字体",
    "home": "数据",
    "lag": "积压",
    "ledger": "账目",
    "marks": "待入检索",
    "offsets": "处理位置",
    "quarantine": "隔离区",
    "restore": "恢复",
    "rules": "规则",
    "search": "检索",
    "series": "刊物",
    "settings": "设置",
    "sources": "来源",
    "store": "库",
}


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
