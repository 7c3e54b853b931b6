"""Bodies: a request's JSON or form -> a draft, its matter declared, its enclosed files read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from anyio import to_thread
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from pipeline.errors import Refused
from pipeline.intake import formats
from pipeline.intake.drafts import Draft, Limits, joined
from pipeline.intake.formats import values
from pipeline.intake.matters import MATTERS, NONE, key_of
from pipeline.intake.submit import FORM, Bounds, Refusal, belongs_elsewhere, check
from pipeline.records.messages import Consent
from pipeline.web.refusals import Unsupported

FILES = 5  # enclosed files of a submission
FIELDS = 60
ENCLOSED = Limits(document=10_000_000, text=100_000)
# Typed text is bound by FORM; its enclosed files may add to it.
WITH_FILES = Bounds(text=FORM.text + FILES * ENCLOSED.text, title=FORM.title)
ACCEPTED = ".docx", ".pdf", ".txt", ".md", ".html", ".htm"


class Submission(BaseModel):
    """What `POST /api/submissions` takes. `matter`: none, petition, lawsuit, accusation or personnel."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str | None = Field(None, max_length=FORM.title, description="标题")
    text: str = Field("", max_length=FORM.text, description="正文；有附件时可以不填")
    author: str | None = Field(None, max_length=200, description="反映人")
    author_number: str | None = Field(None, max_length=200, description="委员编号")
    unit: str | None = Field(None, max_length=200, description="单位与职务")
    sector: str | None = Field(None, max_length=200, description="界别")
    party: str | None = Field(None, max_length=200, description="党派")
    phone: str | None = Field(None, max_length=200, description="联系电话")
    email: str | None = Field(None, max_length=200, description="邮箱")
    url: str | None = Field(None, max_length=2000, description="网址")
    published_at: str | None = Field(None, max_length=40, description="时间；没有时区的按北京时间")
    urgent: bool = Field(default=False, description="是否紧急")
    declared: dict[str, str] = Field(default_factory=dict, description="其他声明，如 已报送其他渠道")
    consent: Consent = Field(default_factory=Consent, description="三项同意，默认都不同意")
    matter: str = Field(
        NONE, description="是否属于 petition 信访、lawsuit 诉讼、accusation 举报、personnel 人事；否为 none"
    )

    def draft(self) -> Draft:
        """As a draft. Raises Refused for a time that cannot be read."""
        try:
            when = values.as_time(self.published_at)
        except ValueError as error:
            what = "“published_at”不是看得懂的时间"
            raise Refused(what, fix="请写成 2026-11-23 或 2026-11-23T09:00:00+08:00", field="published_at") from error
        given = self.model_dump(exclude={"text", "matter", "consent", "published_at", "declared", "urgent"})
        draft = Draft(
            text=values.tidy(self.text),
            published_at=when,
            urgent=self.urgent,
            declared={values.tidy(name): values.tidy(value) for name, value in self.declared.items()},
            consent=self.consent,
        )
        return replace(draft, **{name: values.tidy(value) or None for name, value in given.items() if value})


@dataclass(frozen=True, slots=True)
class Upload:
    """One enclosed file, as it came."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """A form's fields in order, and its files; an empty file field is none."""

    fields: tuple[tuple[str, str], ...]
    uploads: tuple[Upload, ...]


async def api_draft(request: Request) -> tuple[Draft, Bounds]:
    """The draft of an API request. Raises Refused (422), HTTPException (415)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        given, uploads = Submission.model_validate_json(await request.body()), ()
    elif kind in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        form = await read_form(request)
        given, uploads = Submission.model_validate(_nested(form)), form.uploads
    else:
        raise HTTPException(415)
    refuse_elsewhere(given.matter)
    return await enclosed(given.draft(), uploads)


async def read_form(request: Request) -> Form:
    """The form of a request. Raises Refused when it is torn or has too many parts."""
    try:
        async with request.form(max_files=FILES, max_fields=FIELDS) as form:
            fields = tuple((name, value) for name, value in form.multi_items() if isinstance(value, str))
            files = [value for _, value in form.multi_items() if isinstance(value, UploadFile) and value.filename]
            uploads = [Upload(PurePath(file.filename or "").name, await file.read()) for file in files]
    except HTTPException as error:
        what = "表单读不懂，或附件过多"
        raise Refused(what, fix=f"附件最多 {FILES} 个；请重新打开页面再提交", field="files") from error
    return Form(fields, tuple(uploads))


def _nested(form: Form) -> dict[str, object]:
    """The form's fields; `consent.named` and `declared.…` become their objects."""
    found: dict[str, object] = {}
    groups: dict[str, dict[str, str]] = {}
    for name, value in form.fields:
        head, dot, tail = name.partition(".")
        if dot and head in {"consent", "declared"}:
            groups.setdefault(head, {})[tail] = value
        elif value:
            found[name] = value
    return found | groups


def refuse_elsewhere(matter: str) -> None:
    """Raises Refused for a matter that belongs elsewhere, or is no kind of matter."""
    key = key_of(matter)
    if key is None:
        names = "、".join((NONE, *MATTERS))
        raise Refused(f"“matter”写成了“{matter[:20]}”", fix=f"请写成以下之一：{names}", field="matter")
    if (refusal := belongs_elsewhere(key)) is not None:
        raise refusal.error()


async def enclosed(draft: Draft, uploads: Sequence[Upload]) -> tuple[Draft, Bounds]:
    """The draft with its files read into it, before any receipt, and what it may weigh then."""
    if not uploads:
        return draft, FORM
    # The typed part is judged first: its bound is the form's, and a mark of secrecy ends it here.
    if draft.text and isinstance(refusal := check(draft, FORM), Refusal):
        raise refusal.error()
    found = [(upload.name, await to_thread.run_sync(_read, upload)) for upload in uploads]
    whole = joined(draft, found)
    return replace(whole, title=(whole.title or "")[: FORM.title] or None), WITH_FILES


def _read(upload: Upload) -> Draft:
    suffix = formats.suffix_of(upload.name)
    if suffix not in ACCEPTED:
        fix = formats.FOREIGN.get(suffix, f"附件可以是 {'、'.join(ACCEPTED[:3])}")
        raise Unsupported(f"附件“{upload.name[:80]}”的类型不能受理", fix=fix, field="files")
    try:
        return formats.document(upload.content, upload.name, ENCLOSED)
    except Refused as refused:
        raise Refused(f"附件“{upload.name[:80]}”：{refused.what}", fix=refused.fix, field="files") from refused
