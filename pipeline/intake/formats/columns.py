"""Columns: the names people give them -> our fields. A header is compared without blanks, stars and brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from pipeline.errors import UsageError

Warn = Callable[[str], None]
FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("id", "编号", "信息编号", "来稿编号", "稿件编号"),
    "title": ("title", "标题", "题目", "信息标题", "信息题目", "稿件标题", "稿件题目", "建议标题", "主题", "题名"),
    "text": (
        "text", "content", "body", "正文", "内容", "情况反映", "信息内容", "稿件内容", "反映内容", "全文",
        "信息正文", "主要内容", "具体内容", "建议内容", "情况及建议", "情况和建议", "反映情况",
    ),
    "author": (
        "author", "反映人", "姓名", "作者", "撰稿人", "提交人", "报送人", "委员姓名", "第一反映人", "反映人姓名",
        "作者姓名", "执笔人", "供稿人", "撰写人", "信息员",
    ),
    "author_number": ("author_number", "委员编号", "委员证号"),
    "unit": (
        "unit", "单位", "工作单位", "单位及职务", "单位与职务", "单位和职务", "单位职务", "单位、职务",
        "工作单位及职务", "工作单位与职务", "工作单位和职务", "工作单位、职务", "报送单位", "反映单位", "供稿单位",
        "撰稿单位", "作者单位", "所在单位", "单位名称",
    ),
    "sector": ("sector", "界别", "所属界别"),
    "party": ("party", "党派", "所属党派", "所在党派"),
    "url": ("url", "link", "链接", "网址", "原文链接", "原文网址"),
    "published_at": (
        "published_at", "date", "time", "时间", "日期", "提交时间", "报送时间", "发布时间", "来稿时间", "反映时间",
        "发布日期", "提交日期", "报送日期", "来稿日期",
    ),
    "phone": (
        "phone", "tel", "mobile", "电话", "联系电话", "手机", "手机号", "手机号码", "联系手机", "电话号码",
        "联系方式", "办公电话", "移动电话",
    ),
    "email": ("email", "mail", "e-mail", "邮箱", "电子邮箱", "电子邮件"),
    "urgent": ("urgent", "紧急", "是否紧急"),
}  # fmt: skip
_NAMES = {name: field for field, names in FIELDS.items() for name in names}
# Serial numbers of a table say nothing and are left out without a word.
SILENT = frozenset({"序号", "no", "no.", "行号"})
_NOISE = re.compile(r"[\s*＊:：]|[（(].*?[)）]|^\ufeff")


def field_of(name: str) -> str | None:
    """Our field for a column's or label's name, or None."""
    return _NAMES.get(_NOISE.sub("", name).lower())


def mapped(names: Iterable[str], columns: Mapping[str, str]) -> dict[str, str]:
    """name -> field of the columns that mean something to us; `columns` wins, then the first column of a field."""
    check(columns)
    given = {name.strip(): field for name, field in columns.items()}
    found = {name: given[name.strip()] for name in names if name.strip() in given}
    taken = set(found.values())
    for name in names:
        if name not in found and (field := field_of(name)) and field not in taken:
            found[name] = field
            taken.add(field)
    return found


def check(columns: Mapping[str, str]) -> None:
    """Raises UsageError when a column is to become a field that there is not."""
    for name, field in columns.items():
        if field not in FIELDS:
            raise UsageError(
                f"“{name}={field}”中没有“{field}”这一项", where="--columns", fix=f"可用的有：{'、'.join(FIELDS)}"
            )


def unknown(names: Iterable[str], found: Mapping[str, str]) -> list[str]:
    """The columns that are left out, for a warning."""
    return [name for name in names if name.strip() and name not in found and name.strip().lower() not in SILENT]


def missing_text(names: Iterable[str]) -> str:
    """The sentence for a table without a column of texts; says which columns were found."""
    shown = "、".join(name.strip() for name in names if name.strip()) or "（无）"
    return f"没有正文一列，只见到：{shown}"


TEXT_FIX = "请把正文所在列的表头改为“正文”；minyi import 也可用 --columns 列名=text 指明"
