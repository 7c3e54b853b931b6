"""`minyi`: the command line. Commands are loaded when they are called, so that `minyi --help` is quick.

Exit 0 done, 1 something failed after the good part was done, 2 wrong use.
"""

from __future__ import annotations

import errno
import importlib
import io
import logging
import os
import re
import sys
from typing import Any

import click

from pipeline.cli.chinese import speak
from pipeline.cli.commands import COMMANDS
from pipeline.errors import MinyiError, UsageError, trouble

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Lazy(click.Group):
    """A group that knows its commands by name and sentence, and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of an office's day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return getattr(importlib.import_module(module), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing any."""
        with formatter.section("命令"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.command(
    cls=Lazy,
    options_metavar="[选项]",
    subcommand_metavar="命令 [参数]…",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="minyi", prog_name="民意", help="显示版本")
def cli() -> None:
    """民意：社情民意信息的采集与编发。

    数据放在 MINYI_HOME 指的文件夹（默认 ./var）。先试 minyi demo，再看 minyi 命令 --help。
    """


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status. Errors are one Chinese sentence on stderr."""
    speak()
    _utf8()
    _quiet()
    try:
        status: Any = cli.main(arguments, prog_name="minyi", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        _show(error)
        return 2
    except click.Abort:
        click.echo("已中止", err=True)
        return 1
    except MinyiError as error:
        click.echo(f"错误：{error}", err=True)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        # The reader of our output left (`| head`): nothing to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - a clerk gets a sentence; the places in the code are in the log
        click.echo(f"错误：{_inside(error)}", err=True)
        return 1


def _inside(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in FULL:
        where = f"（{error.filename}）" if error.filename else ""
        return f"磁盘已满，写不进去{where}。请腾出磁盘空间后再试"
    if isinstance(error, OSError) and error.filename:
        return f"读写不了 {error.filename}：{trouble(error)}。请核对路径和权限（数据文件夹由 MINYI_HOME 指定）"
    return f"程序内部出错（{type(error).__name__}）。经过记在 MINYI_HOME/logs，请交给维护人员"


def _quiet() -> None:
    # A person reads sentences; what helps whoever looks after the machine is in MINYI_HOME/logs.
    screen = logging.StreamHandler()
    screen.setLevel(logging.CRITICAL)
    logging.basicConfig(handlers=[screen], level=logging.WARNING)


def _show(error: click.ClickException) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()  # the help is the answer to a command alone
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    # Click joins its sentences by a blank or a full stop, and writes choices one a line.
    said = error.format_message().rstrip(".").replace(" 是不是要写", "，是不是要写").replace(" （可能是", "（可能是")
    said = said.replace(". 可写：", "。可写：").replace(",\n\t", "、")
    said = re.sub(r" ?'([^']*)' ?", r"“\1”", said.replace("', '", "'、'"))
    click.echo(f"错误：{said}", err=True)
    if context:
        click.echo(f"{context.get_usage()}\n详见 {context.command_path} --help", err=True)


def _utf8() -> None:
    # A Windows console or a C locale would tear Chinese output.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
