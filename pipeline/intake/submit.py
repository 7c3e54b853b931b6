"""submit: drafts -> receipts. What is refused is refused before the receipt and kept nowhere; what has a
receipt is in the store with its outbox row (DESIGN 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pipeline.clock import Clock, stored
from pipeline.errors import Refused
from pipeline.identity import Receipts, digest, file_name, item_id
from pipeline.intake.drafts import Draft
from pipeline.intake.matters import MATTERS
from pipeline.ports.arrivals import Arrival, SubmissionRow
from pipeline.ports.files import Files
from pipeline.ports.store import Store
from pipeline.records.messages import INLINE_LIMIT, Submitted
from pipeline.text import secrecy

Channel = Literal["web", "api", "mail", "import", "desk"]
Kind = Literal["submission", "web_lead"]
# Room for a message's other fields beside its text.
_ROOM = 50_000
_NAMES = {
    "author": "反映人",
    "author_number": "委员编号",
    "unit": "单位",
    "sector": "界别",
    "party": "党派",
    "phone": "电话",
    "email": "邮箱",
    "id": "编号",
    "url": "网址",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a draft's parts may be, in characters."""

    text: int
    title: int
    other: int = 200
    url: int = 2000


FORM = Bounds(text=20_000, title=100)
FILE = Bounds(text=1_000_000, title=300)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A submission that is stored. `repeated`: the same key came before, nothing new was written."""

    receipt: str
    item: str
    received_at: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A submission that was not taken: the field, what is wrong, what to do."""

    field: str | None
    what: str
    fix: str | None = None

    @property
    def sentence(self) -> str:
        """What and what to do in one line; a sentence that is complete stays as it is."""
        return self.what if self.fix is None or self.what.endswith("。") else f"{self.what}。{self.fix}"

    def error(self) -> Refused:
        """The same as an error."""
        return Refused(self.what, fix=self.fix, field=self.field)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft that passed, as it will be stored; `large` is a text that goes to files first."""

    arrival: Arrival
    large: bytes | None = None


def submit(
    store: Store,
    files: Files,
    drafts: Sequence[Draft],
    *,
    channel: Channel,
    clock: Clock,
    receipts: Receipts,
    source: str | None = None,
    keys: Sequence[str | None] | None = None,
    bounds: Bounds = FORM,
    kind: Kind = "submission",
) -> list[Receipt | Refusal]:
    """Check and store drafts in one transaction: a receipt or a refusal for each, in order. `keys` are the
    clients' idempotency keys. Raises Transient when the store is away; then nothing was taken."""
    named = keys or [None] * len(drafts)
    ready = partial(
        prepare, channel=channel, source=source or channel, clock=clock, receipts=receipts, bounds=bounds, kind=kind
    )
    prepared = [ready(draft, key=key) for draft, key in zip(drafts, named, strict=True)]
    good = [one for one in prepared if isinstance(one, Prepared)]
    keep(files, good)
    answers = iter(receive(store, [one.arrival for one in good]))
    return [next(answers) if isinstance(one, Prepared) else one for one in prepared]


def prepare(
    draft: Draft,
    *,
    channel: Channel,
    source: str,
    clock: Clock,
    receipts: Receipts,
    key: str | None = None,
    bounds: Bounds = FORM,
    kind: Kind = "submission",
) -> Prepared | Refusal:
    """A draft as it will be stored, or why it is refused. Pure but for the clock and the receipt's chance."""
    if (refusal := check(draft, bounds)) is not None:
        return refusal
    receipt = receipts()
    origin = origin_of(draft) if channel == "import" else receipt
    message, large = _message(draft, channel, source, origin, kind, receipt, stored(clock()))
    scoped = None if key is None else f"{channel}:{key}"
    return Prepared(Arrival(message, item_id(source, origin), scoped), large)


def check(draft: Draft, bounds: Bounds) -> Refusal | None:
    """Why a draft is refused, or None. Secrecy first: nothing else about such a text may be answered."""
    for text in (f"{draft.title or ''}\n{draft.text}", draft.text, *draft.margins):
        if secrecy.secrecy(text) is not None:
            return Refusal("text", secrecy.NOTICE, "请改由机要渠道报送")
    if not draft.text.strip():
        return Refusal("text", "正文是空的", "请写明情况后再提交")
    if len(draft.text) > bounds.text:
        what = f"正文有 {len(draft.text)} 字，超过 {bounds.text} 字"
        return Refusal("text", what, "请按一事一报精简，或分成几份")
    if len(draft.title or "") > bounds.title:
        what = f"标题有 {len(draft.title or '')} 字，超过 {bounds.title} 字"
        return Refusal("title", what, "请精简标题")
    return _overlong(draft, bounds)


def _overlong(draft: Draft, bounds: Bounds) -> Refusal | None:
    for field, name in _NAMES.items():
        limit = bounds.url if field == "url" else bounds.other
        if len(getattr(draft, field) or "") > limit:
            return Refusal(field, f"{name}超过 {limit} 字", "请精简或核对是否填错了栏")
    return None


def belongs_elsewhere(matter: str) -> Refusal | None:
    """The refusal of a matter declared as petition, lawsuit, accusation or personnel (OFFICE 6)."""
    if (found := MATTERS.get(matter)) is None:
        return None
    return Refusal("matter", f"{found.name}事项不属于社情民意信息的受理范围，没有收存", found.channel)


def origin_of(draft: Draft) -> str:
    """An imported row's origin key (CONTRACT, Id)."""
    parts = (draft.title, draft.text, draft.author, draft.published_at)
    return draft.id or draft.url or digest(*(part or "" for part in parts))


def keep(files: Files, prepared: Iterable[Prepared]) -> None:
    """Put the texts too large for a message into files, durably, before anything names them."""
    for one in prepared:
        if one.large is not None:
            files.put(one.large)


def receive(store: Store, arrivals: Sequence[Arrival]) -> list[Receipt | Refusal]:
    """Store arrivals in one transaction and answer each."""
    if not arrivals:
        return []
    with store.writing() as session:
        rows = session.arrivals.receive(arrivals)
    return [answer(arrival, row) for arrival, row in zip(arrivals, rows, strict=True)]


def answer(arrival: Arrival, row: SubmissionRow) -> Receipt | Refusal:
    """What the row that is there means to who sent this arrival."""
    repeated = row.receipt != arrival.message.receipt
    if repeated and row.message is not None and _content(row.message) != _content(arrival.message):
        what = f"这个提交编号已用于另一份内容（回执 {row.receipt}）"
        return Refusal("Idempotency-Key", what, "内容有改动时请换一个新的编号再提交")
    return Receipt(row.receipt, row.item, row.received_at, repeated)


def revises(earlier: SubmissionRow, draft: Draft) -> bool:
    """Whether a draft's title or text differs from what an item's newest submission said."""
    if earlier.message is None:
        return False
    text, text_file, _ = _carried(draft.text)
    said = earlier.message
    return (said.title, said.text, said.text_file) != (draft.title, text, text_file)


def _content(message: Submitted) -> Submitted:
    return message.model_copy(update={"message_id": "", "receipt": "", "origin": "", "received_at": ""})


def _carried(text: str) -> tuple[str, str | None, bytes | None]:
    """(text in the message, name of the file that holds it, that file's bytes)."""
    content = text.encode()
    if len(content) <= INLINE_LIMIT - _ROOM:
        return text, None, None
    return "", file_name(content), content


def _message(
    draft: Draft, channel: Channel, source: str, origin: str, kind: Kind, receipt: str, now: str
) -> tuple[Submitted, bytes | None]:
    text, text_file, large = _carried(draft.text)
    message = Submitted(
        message_id=f"o-{receipt}",
        source=source,
        origin=origin,
        received_at=now,
        receipt=receipt,
        channel=channel,
        title=draft.title,
        text=text,
        text_file=text_file,
        author=draft.author,
        author_number=draft.author_number,
        unit=draft.unit,
        sector=draft.sector,
        party=draft.party,
        phone=draft.phone,
        email=draft.email,
        url=draft.url,
        published_at=draft.published_at,
        urgent=draft.urgent,
        declared=draft.declared,
        consent=draft.consent,
        kind=kind,
    )
    return message, large
