from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline.cli.commands import COMMANDS
from pipeline.cli.main import cli

DOCS = Path(__file__).parents[3] / "docs" / "cli.md"
HAN = re.compile("[一-鿿]")
OWN = {"demo", "up"}  # tested where they are at home


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        if path == () and name in OWN:
            continue
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


EVERY = list(leaves(cli))


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) for path, _ in EVERY])
def test_every_command_has_its_help_in_chinese_and_its_place_in_the_docs(path, command, minyi) -> None:
    ran = minyi(*path, "--help")
    assert ran.status == 0
    assert "用法：" in ran.out
    assert HAN.search(command.help)
    for one in command.params:
        if isinstance(one, click.Option) and one.name != "help":
            assert HAN.search(one.help or ""), one.name
            assert max(one.opts, key=len) in DOCS.read_text("utf-8"), one.name
    assert not re.search(r"\b(OPTIONS|ARGS|COMMAND|TEXT|PATH|INTEGER|Show|Options|Commands)\b", ran.out), ran.out
    assert f"minyi {' '.join(path)}" in DOCS.read_text("utf-8")


def test_the_docs_name_no_command_that_is_not_there() -> None:
    named = set(re.findall(r"^\$ minyi ([a-z]+)", DOCS.read_text("utf-8"), re.MULTILINE))
    assert named <= set(COMMANDS)


def test_the_list_of_commands_is_the_help(minyi) -> None:
    out = minyi("--help").out
    assert all(name in out and sentence in out for name, (_, sentence) in COMMANDS.items())


def test_help_loads_no_library_but_click() -> None:
    code = (
        "import sys; from pipeline.cli.main import main; main(['--help'])\n"
        "heavy = {'sqlalchemy', 'pydantic', 'numpy', 'scrapy', 'prefect', 'fastapi', 'lxml'} & set(sys.modules)\n"
        "print('LOADED', sorted(heavy))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert ran.stdout.endswith("LOADED []\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["frob"], "没有命令“frob”"),
        (["item", "frob"], "没有命令“frob”"),
        (["item", "accept", "abc"], "缺少选项“--by”"),
        (["item", "accept", "--by", "陈编"], "缺少参数"),
        (["search", "--frob"], "没有选项"),
        (["search", "--sort", "size"], "应为“date”、“relevance”之一"),
        (["search", "--limit", "x"], "不是数字"),
        (["search", "--limit", "0"], "应为 1 至 10000"),
        (["search", "--limit"], "后面要写值"),
        (["clean"], "缺少参数"),
        (["search", "--since", "昨天"], "请写成 2026-11-23 的样子"),
        (["search", "--domain", "无"], "可写：经济建设、三农"),
        (["search", "--state", "无"], "submitted（待初审）"),
        (["search", "--region", "朝阳区"], "110105 北京市朝阳区"),
        (["search", "--region", "无此县"], "没有“无此县”这个地方"),
        (["import"], "缺少参数"),
        (["import", "x.jsonl", "--columns", "time"], "--columns"),
        (["bulletin", "export", "b-1", "--format", "doc"], "之一"),
        (["classify", "没有.jsonl"], "没有这个文件"),
        (["restore", "没有"], "这里没有完整的备份"),
        (["quarantine", "replay"], "没有写明处理哪些"),
    ],
)
def test_wrong_use_is_a_chinese_sentence_and_exit_2(arguments, sentence, minyi) -> None:
    ran = minyi(*arguments)
    assert ran.status == 2
    assert sentence in ran.err
    assert ran.out == ""
    assert "Error" not in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("path", [(), ("rules",), ("bulletin",)])
def test_a_group_alone_answers_with_its_help_and_no_error(path, minyi) -> None:
    ran = minyi(*path)
    assert ran.status == 2
    assert ran.err == minyi(*path, "--help").out
    assert "命令：" in ran.err


def test_a_wrong_setting_is_named(minyi, monkeypatch) -> None:
    monkeypatch.setenv("MINYI_BUS", "redis://h")
    ran = minyi("run")
    assert ran.status == 2
    assert "MINYI_BUS 写成了“redis://h”" in ran.err


def test_a_home_that_cannot_be_is_named_with_what_to_do(minyi, monkeypatch, tmp_path) -> None:
    (tmp_path / "文件").touch()
    monkeypatch.setenv("MINYI_HOME", str(tmp_path / "文件" / "数据"))
    ran = minyi("search")
    assert ran.status == 1
    assert "其中一级不是文件夹" in ran.err
    assert "MINYI_HOME" in ran.err


def test_chinese_paragraphs_of_the_help_have_no_blank_where_a_line_ended(minyi) -> None:
    for path, _ in EVERY:
        paragraphs = minyi(*path, "--help").out.partition("\n")[2].partition("选项：")[0]
        assert not re.search(r"[一-鿿，。；] [一-鿿]", paragraphs), path


def test_a_fault_of_our_own_is_a_sentence_and_its_place_is_in_the_log(minyi, home, monkeypatch) -> None:
    (home / "logs").mkdir(parents=True)
    monkeypatch.setitem(COMMANDS, "ledger", ("tests.pipeline.cli.broken:broken", "坏的"))
    ran = minyi("ledger")
    assert ran.status == 1
    assert "程序内部出错（ZeroDivisionError）" in ran.err
    assert "broken.py" in (home / "logs" / "minyi.log").read_text("utf-8")
