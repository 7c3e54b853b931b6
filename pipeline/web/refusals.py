"""Refusals: every error that a request meets -> a status and Chinese words: `{field, what, fix}` for the API, a
page for people. Nothing of the framework's English reaches a screen.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from pipeline.errors import MinyiError, NotFound, Refused, Transient, UsageError

log = logging.getLogger(__name__)
UNAVAILABLE, UNPROCESSABLE, UNSUPPORTED, MISSING, BROKEN = 503, 422, 415, 404, 500


class Unsupported(Refused):
    """A body or an enclosed file of a kind that is not read (HTTP 415)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with a request. `others` are further faults of the same request."""

    status: int
    field: str | None
    what: str
    fix: str | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    others: Sequence[Fault] = ()

    def body(self) -> dict[str, Any]:
        """`{field, what, fix}`; `more` lists the others, when there are any."""
        own: dict[str, Any] = {"field": self.field, "what": self.what, "fix": self.fix}
        return own | {"more": [one.body() for one in self.others]} if self.others else own


# What pydantic's kinds of error mean; {…} are values of its context.
SENTENCES = {
    "missing": ("缺少这一项", "请补上"),
    "string_type": ("应是文字", "请用引号写成字符串"),
    "string_too_long": ("超过 {max_length} 字", "请精简"),
    "string_too_short": ("是空的", "请补上"),
    "bool_type": ("应是 true 或 false", "请改正"),
    "bool_parsing": ("应是 true 或 false", "请改正"),
    "dict_type": ("应是 JSON 对象", "请写成 {{…}}"),
    "model_type": ("应是 JSON 对象", "请写成 {{…}}"),
    "model_attributes_type": ("应是 JSON 对象", "请写成 {{…}}"),
    "extra_forbidden": ("没有这一项", "请核对字段名，可用的字段见 /api/openapi.json"),
    "json_invalid": ("不是完整的 JSON", "请检查括号、引号和编码（应为 UTF-8）"),
}
OTHER = ("填写有误", "可填写的内容见 /api/openapi.json")
STATUSES = {
    400: ("请求的格式读不懂", "请按 /api/openapi.json 的格式提交"),
    403: ("请求来自别的网站，没有受理", "请直接打开本页填写"),
    404: ("没有这个页面", "请核对网址"),
    405: ("这个网址不接受这种操作", "请核对网址和方法"),
    415: ("内容的类型不能受理", "请用 JSON 或表单提交"),
}


def of_validation(errors: Sequence[Mapping[str, Any]]) -> Fault:
    """The fault that pydantic's errors describe; never repeats what was sent."""
    faults = [_of_error(error) for error in errors]
    first = faults[0]
    return Fault(UNPROCESSABLE, first.field, first.what, first.fix, others=faults[1:20])


def _of_error(error: Mapping[str, Any]) -> Fault:
    what, fix = SENTENCES.get(error["type"], OTHER)
    context: dict[str, Any] = error.get("ctx") or {}
    place = [str(part) for part in error["loc"] if part not in {"body", "query", "path"}]
    name = ".".join(place) if error["type"] != "json_invalid" and place else None
    subject = f"“{name}”" if name else "提交的内容"
    return Fault(UNPROCESSABLE, name, subject + what.format_map(context), fix.format_map(context))


def of_error(error: MinyiError) -> Fault:
    """The fault of one of our errors."""
    match error:
        case Unsupported():
            return Fault(UNSUPPORTED, error.field, error.what, error.fix)
        case Refused():
            return Fault(UNPROCESSABLE, error.field, error.what, error.fix)
        case UsageError():
            return Fault(UNPROCESSABLE, error.where, error.what, error.fix)
        case NotFound():
            return Fault(MISSING, None, error.what, error.fix)
        case Transient():
            what = "系统正忙，这次提交没有收存"
            return Fault(UNAVAILABLE, None, what, "请稍后再提交一次，不会重复", {"retry-after": "5"})
        case _:
            log.error("request failed: %s", type(error).__name__)
            return Fault(BROKEN, None, "系统出现故障，这次操作没有完成", "请稍后再试，或告知管理人员查看 minyi doctor")


def of_status(status: int) -> Fault:
    """The fault of a bare HTTP status."""
    what, fix = STATUSES.get(status, ("请求没有完成", "请稍后再试"))
    return Fault(status, None, what, fix)


def respond(scope: Scope | Mapping[str, Any], fault: Fault) -> Response:
    """The fault as JSON under /api, as a page elsewhere."""
    headers = dict(fault.headers)
    if str(scope["path"]).startswith("/api"):
        return Response(orjson.dumps(fault.body()), fault.status, headers, "application/json")
    from pipeline.web.pages import rendered

    return HTMLResponse(rendered("problem.html", fault=fault), fault.status, headers)


def install(app: FastAPI) -> None:
    """Take every error over."""

    async def validation(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError | ValidationError):
            _reraise(error)
        return respond(request.scope, of_validation(error.errors()))

    async def ours(request: Request, error: Exception) -> Response:
        return respond(request.scope, of_error(error) if isinstance(error, MinyiError) else of_status(BROKEN))

    async def status(request: Request, error: Exception) -> Response:
        return respond(request.scope, of_status(error.status_code if isinstance(error, HTTPException) else BROKEN))

    async def unknown(request: Request, _error: Exception) -> Response:
        return respond(request.scope, of_error(MinyiError("")))

    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(ValidationError, validation)
    app.add_exception_handler(MinyiError, ours)
    app.add_exception_handler(HTTPException, status)
    app.add_exception_handler(Exception, unknown)


def _reraise(error: Exception) -> NoReturn:
    raise error
