"""An office on a real embedded store, with a renderer that is quick and can be told to fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.clock import Clock, stored
from pipeline.errors import Broken
from pipeline.identity import content_hash, exact_hash, item_id
from pipeline.office.context import Office
from pipeline.office.items import move
from pipeline.records.bulletins import Bulletin, Rendered
from pipeline.records.items import Classified, Cleaned, Deduped, Item, Read, Scored, Signature
from pipeline.records.messages import Place
from pipeline.records.names import Kind, State
from pipeline.rules.reasons import load_reasons
from pipeline.rules.series import Series, Start, load_series
from pipeline.wiring import System


@dataclass
class Printer:
    """Renders a bulletin as one line; `fail` decides on which it breaks."""

    fail: Callable[[Bulletin, str], bool] = lambda bulletin, form: False
    made: list[tuple[str, str, bool]] = field(default_factory=list)

    def __call__(self, bulletin: Bulletin, form: str) -> Rendered:
        self.made.append((bulletin.id, form, bulletin.draft))
        if self.fail(bulletin, form):
            raise Broken("缺少中文字体", fix="请安装字体")
        number = "　" if bulletin.number is None else str(bulletin.number)
        texts = "".join(f"{one.reported_by}：{one.title}{one.text}" for one in bulletin.articles)
        return Rendered(f"{form}|第{number}期|{texts}|签发：{bulletin.foot.signer}".encode())


@pytest.fixture
def printer() -> Printer:
    return Printer()


@pytest.fixture
def series() -> dict[str, Series]:
    """社情民意信息 begins at 第86期（总第1203期）, with one approver, as the demo's county has it."""
    shipped = load_series(Path("/nowhere"))
    chain = ("editor", "section_head", "secretary")
    first = {"start": Start(year=2026, number=86, running=1203), "chain": chain}
    return {
        name: one.model_copy(update=first if name == "社情民意信息" else {"chain": chain})
        for name, one in shipped.items()
    }


@pytest.fixture
def office(system: System, clock: Clock, printer: Printer, series: dict[str, Series]) -> Office:
    return Office(
        store=system.store,
        files=system.files,
        series=series,
        reasons=lambda: load_reasons(Path("/nowhere")),
        render=printer,
        clock=clock,
    )


@pytest.fixture
def put(office: Office) -> Callable[..., str]:
    """Write an item as the process does: `put("标题", state=…)` gives its id."""

    def write(title: str = "关于设立粮食烘干点的建议", *, state: State = State.SUBMITTED, **facts: object) -> str:
        return write_item(office, title, state=state, **facts)  # type: ignore[arg-type]

    return write


def write_item(
    office: Office,
    title: str,
    *,
    state: State = State.SUBMITTED,
    text: str = "一、情况\n收获季节烘干排队。\n二、建议\n设立公共服务点。",
    kind: Kind = Kind.SUBMISSION,
    author: str | None = "周禾",
    unit: str | None = "岚禾县农技站",
    sector: str | None = "农业界",
    named: bool = True,
    revision: int = 1,
    receipt: str | None = None,
) -> str:
    key, now = item_id("test", title), stored(office.clock())
    cleaned = Cleaned(
        place=Place("bus", "opinions.submitted", 0, hash((title, revision)) % 10**6),
        message_id=f"m-{key}-{revision}",
        item=key,
        kind=kind,
        source="test",
        origin=title,
        received_at=now,
        title=title,
        text=text,
        content=content_hash(title, text),
        exact=exact_hash(text),
        author=author,
        unit=unit,
        sector=sector,
        named=named,
        receipt=receipt,
    )
    return written(office, cleaned, state, revision)


def written(office: Office, cleaned: Cleaned, state: State, revision: int) -> str:
    key, now = cleaned.item, cleaned.received_at
    with office.store.writing() as session:
        old = session.items.by_ids([key]).get(key)
        session.items.revise([(read_of(cleaned), revision)])
        item = Item(
            id=key,
            kind=cleaned.kind,
            source="test",
            origin=cleaned.origin,
            state=old.state if old else state,
            version=old.version + 1 if old else 1,
            received_at=old.received_at if old else now,
            revision=revision,
            revision_received_at=now,
            revision_place=f"opinions.submitted/0/{cleaned.place.offset}",
            content=cleaned.content,
            cluster=old.cluster if old else key,
            title=cleaned.title,
            receipt=cleaned.receipt,
            bulletin=old.bulletin if old else None,
        )
        session.items.write([item])
    return key


def read_of(cleaned: Cleaned) -> Read:
    return Read(
        cleaned=cleaned,
        deduped=Deduped(Signature(cleaned.item, b"\0" * 128, cleaned.exact, 1)),
        classified=Classified("农业农村", None, 0.9, undecided=False),
        regions=(),
        scored=Scored(60.0, (), urgent=False),
        rules="1",
    )


@pytest.fixture
def accepted(office: Office, put: Callable[..., str]) -> Callable[..., str]:
    """An item that the desk has accepted."""

    def make(title: str = "关于设立粮食烘干点的建议", **facts: object) -> str:
        key = put(title, **facts)
        move(office, "accept", [key], by="陈编")
        return key

    return make
