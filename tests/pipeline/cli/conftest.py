"""`minyi(…)` runs a command in this process on a home of the test's own."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import main

BRIDGE = (
    "柳湾村3号桥两侧护栏去年汛期冲毁后一直没有修复，学生上学和村民赶集都要从桥上走，夜间没有路灯，三个月里已有三人摔伤。"
    "建议由县交通运输局牵头，三十日内设置警示标志，汛期前完成护栏修复。"
)
DRYER = (
    "家庭农场收获季节烘干排队两天以上，粮食霉变损失约一成，农户反映强烈，农机合作社的烘干机数量不足。"
    "建议由县农业农村局按乡镇布点设立公共烘干服务点，对烘干用电给予补贴，并公布服务价格。"
)


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def one(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("MINYI_HOME", str(folder))
    for name in ("MINYI_BUS", "MINYI_STORE", "MINYI_SEARCH", "MINYI_FILES", "MINYI_TZ", "MINYI_DESK"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def minyi(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    def run(*arguments: object, stdin: bytes | None = None) -> Ran:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        status = main([str(one) for one in arguments])
        return Ran(status, *capsys.readouterr())

    return run


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., Path]:
    def write(*found: dict[str, object], name: str = "来稿.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found), encoding="utf-8")
        return path

    return write


@pytest.fixture
def two_items(minyi: Callable[..., Ran], rows: Callable[..., Path]) -> list[str]:
    """Ids of two processed submissions: the bridge, the dryer."""
    file = rows(
        {"id": 1, "title": "关于修复柳湾村桥护栏的建议", "text": BRIDGE, "author": "周禾", "unit": "县农技站"},
        {"id": 2, "title": "家庭农场粮食烘干难问题亟待解决", "text": DRYER},
    )
    assert minyi("import", file, "--source", "测试").status == 0
    assert minyi("run").status == 0
    found = {one["origin"]: one["id"] for one in minyi("search", "--json").lines}
    return [found["1"], found["2"]]
