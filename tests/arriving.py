"""Messages for tests: made up, put on the real bus as intake's relay and the crawlers put them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.clock import stored
from pipeline.identity import item_id, new_receipt
from pipeline.ports.store import Arrival
from pipeline.records.messages import Crawled, Message, Outgoing, Place, Submitted, compress, encode
from pipeline.records.names import CRAWLED, SUBMITTED
from pipeline.wiring import System

TEXT = (
    "柳湾村{0}号桥两侧护栏去年汛期冲毁后一直没有修复，学生上学和村民赶集都要从桥上走，夜间没有路灯，"
    "{0}个月里已有三人摔伤。建议由县交通运输局牵头，{0}日内设置警示标志，汛期前完成护栏修复。"
)


def submitted(system: System, origin: str, text: str, **more: Any) -> Submitted:
    """A submission's message, received now."""
    receipt = more.pop("receipt", None) or new_receipt()
    now = stored(system.clock())
    given = {"message_id": f"o-{receipt}", "source": "tests", "received_at": now, "channel": "api", **more}
    return Submitted(origin=origin, receipt=receipt, text=text, **given)


def crawled(system: System, url: str, body: bytes, **more: Any) -> Crawled:
    """A page's message, fetched now."""
    now = stored(system.clock())
    given = {"message_id": f"f-{new_receipt()}", "source": "site", "received_at": now, **more}
    return Crawled(origin=url, url=url, body=compress(body), headers={"content-type": "text/html"}, **given)


def page(title: str, text: str) -> bytes:
    """A plain page."""
    paragraphs = "".join(f"<p>{line}</p>" for line in text.splitlines())
    head = f"<head><meta charset=utf-8><title>{title}</title></head>"
    return f"<html>{head}<body><h1>{title}</h1><div class=content>{paragraphs}</div></body></html>".encode()


def put(system: System, *messages: Message) -> list[Place]:
    """Publish messages; where they lie. A submission has its row in the store first, as from intake."""
    places: list[Place] = []
    for message in messages:
        key = item_id(message.source, message.origin)
        if isinstance(message, Submitted):
            with system.store.writing() as session:
                rows = session.arrivals.receive([Arrival(message, key)])
                assert rows[0].receipt == message.receipt
                session.arrivals.relayed([row.seq for row in session.arrivals.waiting(1000)])
        places += publish(
            system, SUBMITTED if isinstance(message, Submitted) else CRAWLED, [Outgoing(key, encode(message))]
        )
    return places


def publish(system: System, topic: str, messages: Sequence[Outgoing]) -> list[Place]:
    """Publish raw values."""
    answers = system.bus.publish(topic, messages)
    for answer in answers:
        assert isinstance(answer, Place), answer
    return [answer for answer in answers if isinstance(answer, Place)]
