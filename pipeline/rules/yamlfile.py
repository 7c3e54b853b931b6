"""A YAML file that a person wrote → a validated value, or one sentence saying what to change and on which line.

Refused: unknown and doubled fields, anchors and aliases (a small file could unfold to gigabytes), more than
1 MB, nesting deeper than 32. The error names file, line, field and what may be written there. Field names are
taken as they are written (`on:` stays `on`); values follow YAML 1.1, so a code of digits wants quotes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import RuleError
from pipeline.rules.faults import Fault, faults_of

SIZE_LIMIT = 1_000_000  # bytes; the shipped taxonomy has 30,000
DEPTH_LIMIT = 32
NAMED_FAULTS = 5  # a person mends a few at a time
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the wheel for a rare platform may lack libyaml


class RuleModel(BaseModel):
    """What every shape read by `load_yaml` derives from: frozen, and an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Shape = TypeVar("Shape", bound=BaseModel)


def load_yaml(path: Path, model: type[Shape]) -> Shape:
    """The file's content as `model`. Raises RuleError naming file, line, field and the valid values."""
    return parse_yaml(_text_of(path), model, str(path))


def parse_yaml(text: str, model: type[Shape], name: str) -> Shape:
    """The text of a file called `name` as `model`. Raises RuleError as `load_yaml` does."""
    root = _composed(text, name)
    try:
        return model.model_validate({} if root is None else _plain(root, "", name))
    except ValidationError as error:
        raise _rule_error(faults_of(error, model, root), name) from error


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise RuleError("没有这个文件", where=str(path), fix="请核对路径和文件名") from error
    except OSError as error:
        raise RuleError("这个文件读不了", where=str(path), fix="请核对它是不是文件、有没有读取权限") from error
    if len(content) > SIZE_LIMIT:
        raise RuleError(f"文件有 {len(content) / 1e6:.1f} MB，规则文件最大 1 MB", where=str(path), fix="请拆分或精简")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RuleError(
            "文件不是 UTF-8 编码", where=_at(str(path), line), fix="请用记事本打开，另存为 UTF-8 编码"
        ) from error


def _composed(text: str, name: str) -> yaml.Node | None:
    try:
        _refuse_bombs(text, name)
        return yaml.compose(text, Loader=_LOADER)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise RuleError("有不可见的控制字符", where=_at(name, line), fix="请删去这一行里看不见的字符") from error
    except yaml.MarkedYAMLError as error:
        raise _broken(text, name, error) from error


def _refuse_bombs(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise RuleError(
                "不支持 & 和 * 引用", where=_at(name, line), fix="请把内容原样写出；文字里有 & 或 * 时加引号"
            )
        if depth > DEPTH_LIMIT:
            raise RuleError(f"嵌套超过 {DEPTH_LIMIT} 层", where=_at(name, line), fix="请核对括号和缩进")


def _broken(text: str, name: str, error: yaml.MarkedYAMLError) -> RuleError:
    mark = error.problem_mark or error.context_mark
    lines = text.splitlines()
    line = min(mark.line + 1, max(len(lines), 1)) if mark else 1
    written = lines[line - 1] if lines else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return RuleError("缩进用了制表符（Tab）", where=_at(name, line), fix="请改用空格缩进")
    if "single document" in str(error):
        return RuleError("一个文件里写了两份内容", where=_at(name, line), fix="请删去多余的“---”及其后的内容")
    return RuleError(
        "YAML 格式不对", where=_at(name, line), fix="请核对这一行及上一行的缩进、冒号后的空格、引号和括号是否成对"
    )


def _plain(node: yaml.Node, path: str, name: str) -> Any:
    """The node's value in plain Python. Raises RuleError for a doubled field."""
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, name)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, f"{path}[{place}]", name) for place, child in enumerate(node.value)]
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.MarkedYAMLError, ValueError) as error:
        # 2026-02-30 looks like a date to YAML and is none.
        raise RuleError(
            f"“{path}”写成了“{node.value}”，读不懂", where=_at(name, node.start_mark.line + 1), fix="是文字的话请加引号"
        ) from error


def _mapping(node: yaml.MappingNode, path: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise RuleError("字段名写成了列表或分组", where=_at(name, line), fix="字段名请写成一个词")
        if key.value in found:
            raise RuleError(
                f"字段“{_joined(path, key.value)}”写了两次",
                where=_at(name, line),
                fix=f"另一处在第 {lines[key.value]} 行，请删去一处",
            )
        lines[key.value] = line
        found[key.value] = _plain(value, _joined(path, key.value), name)
    return found


def _rule_error(faults: list[Fault], name: str) -> RuleError:
    first, *others = faults
    told, more = {_list_in(first)}, []
    for fault in others[: NAMED_FAULTS - 1]:
        # The same long list of what may be written is told once.
        fix = fault.fix if _list_in(fault) not in told else None
        told.add(_list_in(fault))
        more.append(RuleError(fault.what, where=_at(name, fault.line), fix=fix))
    if len(others) > len(more):
        more.append(RuleError(f"还有 {len(others) - len(more)} 处没有列出", where=name, fix="请先改正以上各处"))
    return RuleError(first.what, where=_at(name, first.line), fix=first.fix, others=tuple(more))


def _list_in(fault: Fault) -> str:
    return (fault.fix or "").partition("：")[2] or fault.what


def _joined(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def _at(name: str, line: int) -> str:
    return f"{name} 第 {line} 行"
