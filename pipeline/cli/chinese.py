"""Click's own words in Chinese: users are clerks. Click asks gettext for each; here is what it is told."""

from __future__ import annotations

import importlib
import unicodedata
from typing import Any

import click

WORDS = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Arguments": "参数",
    "Error: {message}": "错误：{message}",
    "Aborted!": "已中止",
    "Show this message and exit.": "显示本说明",
    "Show the version and exit.": "显示版本",
    "Try '{command} {option}' for help.": "用法见 {command} {option}",
    "No such option: {name}": "没有选项 {name}",
    "No such option {name!r}.": "没有选项 {name!r}",
    "No such command {name!r}.": "没有命令 {name!r}",
    "Missing command.": "缺少命令",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing {param_type}": "缺少 {param_type}",
    "Invalid value: {message}": "值不对：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的值不对：{message}",
    "{name!r} is not a valid {number_type}.": "{name!r} 不是数字",
    "{value!r} is not a valid {number_type}.": "{value!r} 不是数字",
    "{value!r} is not a valid boolean. Recognized values: {states}": "{value!r} 应为 {states} 之一",
    "{name} {filename!r} does not exist.": "没有这个文件：{filename!r}",
    "{name} {filename!r} is a directory.": "{filename!r} 是文件夹",
    "{name} {filename!r} is not readable.": "{filename!r} 读不了，请核对权限",
    "Option {name!r} requires an argument.": "选项 {name!r} 后面要写值",
    "Option {name!r} does not take a value.": "选项 {name!r} 后面不写值",
    "(DEPRECATED)": "（不再使用）",
    "[default: {default}]": "[默认：{default}]",
    "default: {default}": "默认：{default}",
    "Choose from:\n\t{choices}": "可写：{choices}",
    "{value} is not in the range {range}.": "应为 {range}，不是 {value}",
    "{name} {filename!r} is a file.": "{filename!r} 是文件，不是文件夹",
    "{name} {filename!r} is not writable.": "{filename!r} 写不进去，请核对权限",
    "Could not open file {filename!r}: {message}": "打不开文件 {filename!r}",
    "Argument {name!r} takes {nargs} values.": "参数 {name!r} 要写 {nargs} 个值",
    "%(prog)s, version %(version)s": "%(prog)s %(version)s",
    "required": "必填",
    "file": "文件",
    "directory": "文件夹",
    "path": "路径",
}
PLURALS = {
    "Got unexpected extra argument ({args})": "多了参数（{args}）",
    "Got unexpected extra arguments ({args})": "多了参数（{args}）",
    "Option {name!r} requires an argument.": "选项 {name!r} 后面要写值",
    "Option {name!r} requires {nargs} arguments.": "选项 {name!r} 后面要写 {nargs} 个值",
    "Did you mean {possibility}?": "是不是要写 {possibility}？",
    "(Possible options: {possibilities})": "（可能是：{possibilities}）",
    "{value!r} is not {choice}.": "应为 {choice}，不是 {value!r}",
    "{value!r} is not one of {choices}.": "应为 {choices} 之一，不是 {value!r}",
}
MODULES = ("core", "decorators", "exceptions", "formatting", "parser", "types")


def speak() -> None:
    """Make click speak Chinese in this process; a sentence that is not known stays as it is."""
    for name in MODULES:
        module = importlib.import_module(f"click.{name}")
        if hasattr(module, "_"):
            vars(module)["_"] = _word
        if hasattr(module, "ngettext"):
            vars(module)["ngettext"] = _plural
        if hasattr(module, "term_len"):
            vars(module)["term_len"] = _cells
    click.Context.formatter_class = _Formatter
    if ranges := vars(click.types).get("_NumberRangeBase"):
        ranges._describe_range = _bounds  # noqa: SLF001 - no word of it goes through gettext


class _Formatter(click.HelpFormatter):
    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}：\n")


def _word(text: str) -> str:
    return WORDS.get(text, text)


def _plural(one: str, many: str, count: int) -> str:
    return PLURALS.get(one if count == 1 else many, PLURALS.get(one, one if count == 1 else many))


def _bounds(kind: Any) -> str:
    # Click writes 1<=x<=10000.
    if kind.max is None:
        return f"不小于 {kind.min}"
    return f"不大于 {kind.max}" if kind.min is None else f"{kind.min} 至 {kind.max}"


def _cells(text: str) -> int:
    # Click counts characters; Han take two cells of a terminal.
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
