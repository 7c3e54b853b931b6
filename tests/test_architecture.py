"""The shape of the code: sizes, names, one reader of the environment, a test for each rule of the design."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("crawlers", "pipeline", "flows")
LONGEST_FILE = 400
LONGEST_BODY = 40
MEDIAN_BODY = 10
RULES = range(1, 19)
VAGUE = {"util", "utils", "common", "helper", "helpers", "misc", "base", "manager"}
READERS_OF_THE_ENVIRONMENT = {"pipeline/settings.py"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def body(function: Function) -> int:
    statements = function.body
    if ast.get_docstring(function) is not None:
        statements = statements[1:]
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def migrations(path: Path) -> bool:
    return "migrations" in path.parts


def test_no_file_is_too_long():
    written = [path for path in sources() if not migrations(path)]
    assert [name(path) for path in written if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE] == []


def test_no_body_is_too_long_and_most_are_short():
    bodies = {
        f"{name(path)}:{one.lineno} {one.name}": body(one)
        for path in sources()
        if not migrations(path)
        for one in functions(path)
    }
    assert [where for where, lines in bodies.items() if lines > LONGEST_BODY] == []
    assert median(bodies.values()) < MEDIAN_BODY


def test_no_module_has_a_vague_name():
    assert [name(path) for path in sources() if path.stem in VAGUE] == []


def test_every_module_says_what_it_is():
    silent = [path for path in sources() if path.name != "__init__.py" and not migrations(path)]
    assert [name(path) for path in silent if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_one_file_reads_the_environment():
    readers = {
        name(path) for path in sources() if re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))
    }
    assert readers <= READERS_OF_THE_ENVIRONMENT


@pytest.mark.parametrize("rule", RULES)
def test_every_numbered_rule_has_a_test_of_its_name(rule: int):
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert re.search(rf"def test_rule_{rule}_\w+", tests), f"no test is named after rule {rule}"


def test_nothing_english_is_said_to_users_by_errors():
    """Every MinyiError raised with a literal sentence is Chinese."""
    kinds = {"UsageError", "RuleError", "Refused", "NotAllowed", "NotFound", "Transient", "Terminal", "Broken"}
    english = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds and node.args:
                words = [
                    one.value
                    for one in ast.walk(node.args[0])
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                ]
                if words and not re.search(r"[\u4e00-\u9fff]", "".join(words)):
                    english.append(f"{name(path)}:{node.lineno}")
    assert english == []
