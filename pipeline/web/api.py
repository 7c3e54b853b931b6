"""The API: submit, and ask by receipt."""

from __future__ import annotations

from typing import Any

import orjson
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from pipeline.errors import Refused
from pipeline.intake.drafts import Draft
from pipeline.intake.submit import Bounds, Channel, Receipt, Refusal, keep, prepare
from pipeline.web.bodies import Submission, api_draft
from pipeline.web.parts import Parts, parts
from pipeline.web.status import status_of

router = APIRouter(prefix="/api", tags=["submissions"])
KEY_LENGTH = 200
_FAULT = {
    "type": "object",
    "required": ["field", "what", "fix"],
    "properties": {
        "field": {"type": ["string", "null"], "description": "哪一项"},
        "what": {"type": "string", "description": "出了什么问题"},
        "fix": {"type": ["string", "null"], "description": "怎么办"},
        "more": {"type": "array", "items": {"type": "object"}, "description": "其余各项的问题"},
    },
}


def _faults(*statuses: int) -> dict[int | str, dict[str, Any]]:
    words = {
        404: "没有这个回执",
        413: "内容过大",
        415: "类型不能受理",
        422: "内容有误",
        429: "过于频繁",
        503: "请稍后再试",
    }
    return {
        status: {"description": words[status], "content": {"application/json": {"schema": _FAULT}}}
        for status in statuses
    }


def _answered(description: str, **properties: str) -> dict[str, Any]:
    fields = {name: {"type": "string", "description": words} for name, words in properties.items()}
    schema = {"type": "object", "required": list(fields), "properties": fields}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _schema() -> dict[str, Any]:
    """The body's schema with its one part (consent) in place: a description has no place for `$defs` of ours."""
    schema = Submission.model_json_schema()
    parts = schema.pop("$defs", {})
    for name, field in schema["properties"].items():
        if (reference := field.pop("$ref", None)) is not None:
            schema["properties"][name] = {**parts[reference.rpartition("/")[2]], **field}
    return schema


_BODY = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string", "maxLength": KEY_LENGTH},
            "description": "同一个键重复提交，得到同一个回执",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"},
                        "text": {"type": "string"},
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                    "description": "字段与 JSON 相同（consent.named 等写成带点的名字），另加 docx、pdf、txt 附件",
                }
            },
        },
    },
}


@router.post(
    "/submissions",
    status_code=201,
    summary="提交一件社情民意信息",
    response_class=Response,
    openapi_extra=_BODY,
    responses={
        201: _answered("已收存", receipt="回执号", id="信息编号", status_url="查询地址"),
        **_faults(413, 415, 422, 429, 503),
    },
)
async def submit(request: Request) -> Response:
    """Read, check, store, then answer: who has a receipt has it for good."""
    key = _key(request)
    draft, bounds = await api_draft(request)
    receipt = await taken(parts(request), draft, "api", key, bounds)
    found = {"receipt": receipt.receipt, "id": receipt.item, "status_url": f"/api/submissions/{receipt.receipt}"}
    return Response(orjson.dumps(found), 201, media_type="application/json")


async def taken(our: Parts, draft: Draft, channel: Channel, key: str | None, bounds: Bounds) -> Receipt:
    """The draft's receipt, once committed. Raises Refused, Transient."""
    system = our.system
    prepared = prepare(
        draft, channel=channel, source=channel, clock=system.clock, receipts=system.receipts, key=key, bounds=bounds
    )
    if isinstance(prepared, Refusal):
        raise prepared.error()
    if prepared.large is not None:
        await to_thread.run_sync(keep, system.files, [prepared])
    found = await our.writer.take(prepared.arrival)
    if isinstance(found, Refusal):
        raise found.error()
    return found


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not key.strip() or len(key) > KEY_LENGTH or not key.isprintable():
        what = "“Idempotency-Key”是空的、过长或含有不可见字符"
        raise Refused(what, fix=f"请用 1 到 {KEY_LENGTH} 个可见字符", field="Idempotency-Key")
    return key.strip()


@router.get(
    "/submissions/{receipt}",
    summary="凭回执号查询",
    response_class=Response,
    responses={
        200: _answered("办理情况", receipt="回执号", state="办理情况", received_at="收到时间（+08:00）", title="标题"),
        **_faults(404),
        422: {"description": "内容有误", "content": {"application/json": {"schema": _FAULT}}},
    },
)
def status(request: Request, receipt: str) -> Response:
    """Where a submission stands, in words that anybody may read; no contact."""
    found = status_of(parts(request).system.store, receipt)
    return Response(orjson.dumps(found.as_json()), media_type="application/json")
