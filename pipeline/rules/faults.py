"""What pydantic found wrong in a written file → line, field, a Chinese sentence and the valid values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Loc = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: its line (from 1), what is wrong, and what may be written instead."""

    line: int
    what: str
    fix: str | None = None


TAGGED = ("union_tag_invalid", "union_tag_not_found")
# By pydantic's error type; {name} are its context's fields.
SHAPES = {
    "string_type": "应写成文字，请加引号",
    "int_type": "应写成整数",
    "int_parsing": "应写成整数",
    "int_from_float": "应写成整数",
    "float_type": "应写成数字",
    "float_parsing": "应写成数字",
    "finite_number": "应写成数字",
    "bool_type": "应写成 true 或 false",
    "bool_parsing": "应写成 true 或 false",
    "list_type": "应写成列表，每行以“- ”起头",
    "tuple_type": "应写成列表，每行以“- ”起头",
    "set_type": "应写成列表，每行以“- ”起头",
    "frozen_set_type": "应写成列表，每行以“- ”起头",
    "model_type": "应写成“字段: 值”，一行一个",
    "model_attributes_type": "应写成“字段: 值”，一行一个",
    "dict_type": "应写成“字段: 值”，一行一个",
    "date_type": "应写成日期，如 2026-01-01",
    "date_parsing": "应写成日期，如 2026-01-01",
    "date_from_datetime_parsing": "应写成日期，如 2026-01-01",
    "date_from_datetime_inexact": "应写成日期，如 2026-01-01",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不得小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不得大于 {le}",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "至多 {max_length} 个字",
    "too_short": "至少写 {min_length} 项",
    "too_long": "至多写 {max_length} 项",
    "string_pattern_mismatch": "形式应合 {pattern}",
}
PATTERNS = {
    r"^\d{6}$": "应写成六位数字，请加引号",
    r"^[0-9]{6}$": "应写成六位数字，请加引号",
    r"^[^\\/:*?\"<>|\s]+$": '不能有空格和 \\ / : * ? " < > | 这些符号',
}


def faults_of(error: ValidationError, model: type[BaseModel], root: yaml.Node | None) -> list[Fault]:
    """Every mistake once, in the order of lines."""
    details = error.errors(include_url=False)
    walked = [(detail, *_walk(root, detail)) for detail in details]
    paths = {path for _, path, _, _ in walked}
    kept: dict[Loc, Fault] = {}
    for detail, path, node, line in walked:
        if path in kept or _follows(detail, path, paths):
            continue
        kept[path] = _fault(detail, path, node, line, model)
    return sorted(kept.values(), key=lambda fault: fault.line)


def _follows(detail: ErrorDetails, path: Loc, paths: Iterable[Loc]) -> bool:
    """Whether this error only follows from another one deeper in."""
    # A list whose every entry is wrong counts as empty; and where one of several shapes may stand, the shape
    # whose error lies deeper is the one that was meant.
    if detail["type"] != "too_short" and len(detail["loc"]) <= len(path):
        return False
    return any(len(other) > len(path) and other[: len(path)] == path for other in paths)


def _walk(root: yaml.Node | None, detail: ErrorDetails) -> tuple[Loc, yaml.Node | None, int]:
    """Path in the file, the node there and its line. Parts of `loc` that name a shape, not a place, are left out."""
    node, line = root, 1
    path: list[int | str] = []
    for place, part in enumerate(detail["loc"]):
        child = _child(node, part)
        if child is not None:
            node, line = child
            path.append(part)
        elif detail["type"] == "missing" and place == len(detail["loc"]) - 1:
            path.append(part)
    if detail["type"] in TAGGED:
        path.append(_discriminator(detail))
        node, line = _child(node, path[-1]) or (None, line)
    return tuple(path), node, line


def _discriminator(detail: ErrorDetails) -> str:
    return str(detail.get("ctx", {})["discriminator"]).strip("'")


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return node.value[part], node.value[part].start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        found = ((value, key.start_mark.line + 1) for key, value in node.value if key.value == part)
        return next(found, None)
    return None


def _fault(detail: ErrorDetails, path: Loc, node: yaml.Node | None, line: int, model: type[BaseModel]) -> Fault:
    kind, field = detail["type"], _written(path)
    context: Mapping[str, Any] = detail.get("ctx") or {}
    if kind == "missing":
        return Fault(line, f"缺少“{field}”", _writable(_fields_at(model, detail["loc"][:-1]), "这里要写的字段"))
    if kind == "union_tag_not_found":
        return Fault(line, f"缺少“{field}”", _writable(_tags_at(model, detail["loc"], str(path[-1])), "可写"))
    if kind == "extra_forbidden":
        fields = _fields_at(model, detail["loc"][:-1])
        return Fault(line, f"不认识的字段“{field}”{_perhaps(str(path[-1]), fields)}", _writable(fields, "可写的字段"))
    if kind == "value_error":
        return Fault(line, f"{_named(field)}{context['error']}")
    given = node.value if isinstance(node, yaml.ScalarNode) else None
    wrote = f"写成了“{given}”" if given is not None else "写得不对"
    if choices := _choices(kind, context):
        return Fault(line, f"“{field}”{wrote}{_perhaps(given or '', choices)}", _writable(choices, "可写"))
    shape = PATTERNS.get(str(context.get("pattern"))) or SHAPES.get(kind, "不合要求").format(**context)
    return Fault(line, f"“{field}”{wrote}，{shape}")


def _choices(kind: str, context: Mapping[str, Any]) -> list[str]:
    if kind not in {"literal_error", "enum", "union_tag_invalid"}:
        return []
    expected = str(context.get("expected") or context.get("expected_tags"))
    return re.findall(r"'([^']*)'", expected) or re.split(r", | or ", expected)


def _perhaps(given: str, choices: Iterable[str]) -> str:
    near = get_close_matches(given, list(choices), n=1, cutoff=0.6)
    return f"，是不是“{near[0]}”" if near else ""


def _writable(choices: Iterable[str], label: str) -> str | None:
    listed = "、".join(choices)
    return f"{label}：{listed}" if listed else None


def _written(path: Loc) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _named(field: str) -> str:
    return f"“{field}”：" if field else ""


def _fields_at(model: type[BaseModel], loc: Loc) -> list[str]:
    """The fields that may be written where `loc` points."""
    written = (field.alias or name for shape in _shapes_at(model, loc) for name, field in shape.model_fields.items())
    return list(dict.fromkeys(written))


def _tags_at(model: type[BaseModel], loc: Loc, discriminator: str) -> list[str]:
    """The values that tell the shapes apart which may stand where `loc` points."""
    annotations = (_annotation(shape, discriminator) for shape in _shapes_at(model, loc))
    return list(dict.fromkeys(str(tag) for annotation in annotations for tag in get_args(annotation)))


def _shapes_at(model: type[BaseModel], loc: Loc) -> list[type[BaseModel]]:
    shapes = [model]
    for part in loc:
        if isinstance(part, int):
            continue
        inside = [inner for shape in shapes for inner in _shapes_of(_annotation(shape, part))]
        shapes = inside or [shape for shape in shapes if _answers_to(shape, part)] or shapes
    return shapes


def _annotation(shape: type[BaseModel], field: str) -> Any:
    fields = shape.model_fields.items()
    return next((found.annotation for name, found in fields if field in {name, found.alias}), None)


def _shapes_of(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [shape for inner in get_args(annotation) for shape in _shapes_of(inner)]


def _answers_to(shape: type[BaseModel], tag: str) -> bool:
    """Whether this is the shape that pydantic calls `tag`: by its name or by the literal of its discriminator."""
    literals = (field.annotation for field in shape.model_fields.values() if get_origin(field.annotation) is Literal)
    return shape.__name__ == tag or any(tag in get_args(literal) for literal in literals)
