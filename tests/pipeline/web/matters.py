"""Matters for the desk's tests: taken in by the inlet and read by a real run."""

from __future__ import annotations

from pipeline.identity import item_id
from pipeline.ports.store import Arrival
from pipeline.records.messages import Consent, Submitted
from pipeline.wiring import System
from pipeline.workers import runner_of

DRYING = (
    "近年来，我县家庭农场发展迅速，秋粮收获期间阴雨多，晾晒场地不足，粮食霉变损失大。\n"
    "据走访，全县家庭农场三百余家，自有烘干机的不足一成，多数农户要把粮食运到外县烘干，排队两三天。\n"
    "建议：一是由县农业农村局牵头，在乡镇设立粮食烘干公共服务点；二是对购置烘干设备给予补贴；"
    "三是优化烘干用电、用地政策。"
)


def take_in(
    system: System, title: str, text: str = DRYING, *, source: str = "web", kind: str = "submission", **facts: object
) -> str:
    """One arrival; its item's id. A web lead comes this way as well, so that no site is needed."""
    receipt = system.receipts()
    message = Submitted(
        message_id=f"o-{receipt}",
        source=source,
        origin=receipt,
        received_at=_now(system),
        receipt=receipt,
        channel="web",
        title=title,
        text=text,
        kind=kind,  # type: ignore[arg-type]
        consent=Consent(named=bool(facts.pop("named", False))),
        **facts,  # type: ignore[arg-type]
    )
    item = item_id(source, receipt)
    with system.store.writing() as session:
        session.arrivals.receive([Arrival(message, item)])
    return item


def _now(system: System) -> str:
    from pipeline.clock import stored

    return stored(system.clock())


def run(system: System) -> None:
    """Read everything that arrived."""
    with runner_of(system) as runner:
        assert runner.once(60)
