"""Options and arguments that several commands share, spelt once."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.errors import UsageError

Function = TypeVar("Function", bound=Callable[..., Any])
_BETWEEN_HAN = re.compile(r"(?<=[^\x00-\xff])\n[ ]*(?=[^\x00-\xff])")
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Command(click.Command):
    """A command whose usage line is Chinese."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", **kwargs})
        # Click joins the lines of a paragraph by blanks, which Chinese has none of.
        self.help = self.help and _BETWEEN_HAN.sub("", self.help)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        words = {"options_metavar": "[选项]", "subcommand_metavar": "命令 [参数]…", "context_settings": HELP}
        super().__init__(*args, **{**words, **kwargs})


def json_lines(command: Function) -> Function:
    """`--json`, one thing a line."""
    return click.option("--json", "json_", is_flag=True, help="输出 JSON，一行一条")(command)


def json_document(command: Function) -> Function:
    """`--json`, one document."""
    return click.option("--json", "json_", is_flag=True, help="输出 JSON")(command)


def by(command: Function) -> Function:
    """`--by`: every act is a person's."""
    return click.option("--by", required=True, metavar="姓名", help="经办人姓名")(command)


def opinion(command: Function) -> Function:
    """`--opinion`; the desk's table says where it must be given."""
    return click.option("--opinion", metavar="意见", help="办理意见")(command)


def ids(command: Function) -> Function:
    """Items by id."""
    return click.argument("ids", nargs=-1, required=True, metavar="编号…")(command)


def title(command: Function) -> Function:
    """`--title`."""
    return click.option("--title", metavar="标题", help="标题")(command)


def text(command: Function) -> Function:
    """`--text` or `--file`: what `text_of` reads."""
    command = click.option("--file", "file", metavar="文件", help="正文所在的文本文件；- 为标准输入")(command)
    return click.option("--text", metavar="正文", help="正文")(command)


def corrected(command: Function) -> Function:
    """What a page says, as a person read it."""
    command = click.option("--title", metavar="标题", help="对照原网页改正的标题")(command)
    command = click.option("--file", "file", metavar="文件", help="改正的正文所在的文本文件；- 为标准输入")(command)
    return click.option("--text", metavar="正文", help="读不准的网页，对照原网页改正的正文；一次一条")(command)


def text_of(text: str | None, file: str | None) -> str | None:
    """The text that was given either way. Raises UsageError for both, or for a file that cannot be read."""
    if file is None:
        return text
    if text is not None:
        raise UsageError("--text 和 --file 只能写一个")
    try:
        return content_of(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("文件不是 UTF-8 文本", where=file, fix="请另存为 UTF-8 后再试") from error


def content_of(file: str) -> bytes:
    """The bytes of FILE, `-` being standard input. Raises UsageError when it cannot be read."""
    if file == "-":
        return sys.stdin.buffer.read()
    path = Path(file)
    try:
        return path.read_bytes()
    except OSError as error:
        what = "是一个文件夹" if path.is_dir() else "打不开" if path.exists() else "没有这个文件"
        raise UsageError(what, where=file, fix="请核对路径和读取权限") from error
