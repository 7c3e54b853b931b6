"""clean: messages to cleaned texts. Bytes to charset, main text, title, date; certain damage undone; personal
data found, marks of secrecy heeded. Knows no store, no bus and no other record; one outcome for each input.

    clean(list[ToClean], CleanRules) -> list[Cleaned | Rejected | Failed]      same order, never raises

A submission's text is text: markup in it is kept as it was written. Offsets in the outcome count code points of
its `text`, which is not masked: search, pages and logs mask by `pipeline.text.masks`.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from pipeline import identity
from pipeline.records.items import Cleaned, Failed, Rejected, Repair
from pipeline.records.messages import Crawled, Place, Submitted
from pipeline.records.names import Kind, Step
from pipeline.text import dates, personal, secrecy
from pipeline.text.repair import calm_among, repair, scrub, storable
from pipeline.text.scripts import WHY_NOTE
from pipeline.text.submission_titles import is_crumbs

if TYPE_CHECKING:
    from pipeline.text import charset, extraction

LINES_FOR_TITLE = 5  # looked at where no title is given
NO_WORDS = "网页没有可读的文字，可能要在浏览器里运行脚本才显示；请打开原网页核对，有用的请复制成文本导入"
TITLE_CHARACTERS = 40  # of a first line that stands in for a missing title


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a person who has looked at a page says it says; without a title the page's own stays."""

    text: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ToClean:
    """One message to read: `payload` is its raw value, kept for quarantine; `body` a crawled page's bytes,
    decompressed; `text` a submission's text when it lay in files; `corrected` stands for what is read of a page."""

    place: Place
    message: Crawled | Submitted
    payload: bytes
    body: bytes | None = None
    text: str | None = None
    corrected: Corrected | None = None


@dataclass(frozen=True, slots=True)
class CleanRules:
    """Limits of reading. `version` is stored beside what they decided."""

    max_characters: int = 1_000_000
    max_title: int = 500
    max_bytes: int = 20_000_000
    min_confidence: float = 0.5
    version: str = "clean-1"


Outcome = Cleaned | Rejected | Failed


def clean(inputs: Sequence[ToClean], rules: CleanRules | None = None) -> list[Outcome]:
    """Read each message; what cannot be read is rejected or set aside with a sentence."""
    rules = rules or CleanRules()
    said = (text for given in inputs for text in _said(given))
    calm = calm_among(text for text in said if text and len(text) <= rules.max_characters)
    return [_one(given, rules, calm) for given in inputs]


def _said(given: ToClean) -> tuple[str | None, ...]:
    """The texts that a message itself says."""
    message = given.message
    if isinstance(message, Crawled):
        return ()
    text = message.text if given.text is None else given.text
    return text, message.title, message.author, message.unit, message.sector, message.party


def load() -> None:
    """Load what the first text would wait for (half a second): the character model and its tables."""
    repair("，")


def _one(given: ToClean, rules: CleanRules, calm: Container[str]) -> Outcome:
    message = given.message
    return _page(given, message, rules) if isinstance(message, Crawled) else _submission(given, message, rules, calm)


def _submission(given: ToClean, message: Submitted, rules: CleanRules, calm: Container[str]) -> Outcome:
    raw = message.text if given.text is None else given.text
    if len(raw) > rules.max_characters:
        return _too_large(given, f"正文超过 {rules.max_characters} 字")
    text, repairs = _trimmed(*repair(raw, calm=calm))
    if not text:
        return _rejected(given, "来稿没有正文")
    title, cut = _short(scrub(message.title, calm=calm) or _first_line(text), rules)
    source, origin = _key(message)
    return Cleaned(
        place=given.place,
        message_id=message.message_id,
        item=identity.item_id(source, origin),
        kind=Kind(message.kind),
        source=source,
        origin=origin,
        received_at=message.received_at,
        title=title,
        text=text,
        content=identity.content_hash(title, text),
        exact=identity.exact_hash(text),
        published_at=dates.published(message.published_at, message.received_at),
        author=scrub(message.author, calm=calm),
        url=scrub(message.url),
        receipt=message.receipt,
        channel=message.channel,
        unit=scrub(message.unit, calm=calm),
        sector=scrub(message.sector, calm=calm),
        party=scrub(message.party, calm=calm),
        urgent=message.urgent,
        named=message.consent.named,
        repairs=repairs,
        personal=personal.find(text),
        warnings=(*cut, *_warnings(title, text)),
    )


def _page(given: ToClean, message: Crawled, rules: CleanRules) -> Outcome:
    from pipeline.text import charset, extraction  # lxml takes time to load, and submissions need none of it

    body = given.body or b""
    if fault := _unfit(body, rules):
        return _failed(given, *fault)
    decoded = [charset.decode(one, message.headers) for one in _bodies(body, message.parts)]
    until = _next_day(message.received_at)
    read = [extraction.extract(one.text, selectors=message.selectors, until=until, url=message.url) for one in decoded]
    pages = [page for page in read if page]
    page = _as_corrected(extraction.whole(pages), given.corrected)
    if page is None or not (page.text or page.visible):
        return _rejected(given, NO_WORDS)
    said = "\n".join([page.text, page.reply or ""])
    if mark := secrecy.secrecy(said) or secrecy.starred((page.title or "", *page.visible)):
        return _rejected(given, f"网页带有国家秘密标志（{mark}），不予收录，原文已删除", erase=True)
    damaged = sum(one.damaged for one in decoded)
    return _read_page(given, message, page, replace(decoded[0], damaged=damaged), rules)


def _bodies(body: bytes, sizes: Sequence[int]) -> list[bytes]:
    """The pages of a text that its site had split; sizes that do not fit say nothing."""
    if sum(sizes) != len(body):
        return [body]
    ends = list(accumulate(sizes))
    return [body[start:end] for start, end in pairwise([0, *ends])]


def _as_corrected(page: extraction.Page | None, corrected: Corrected | None) -> extraction.Page | None:
    if page is None or corrected is None:
        return page
    return replace(page, text=corrected.text, title=corrected.title or page.title, confidence=1.0)


def _read_page(
    given: ToClean, message: Crawled, page: extraction.Page, decoded: charset.Decoded, rules: CleanRules
) -> Outcome:
    text, repairs = _trimmed(*repair(page.text))
    if not text:
        return _rejected(given, NO_WORDS)
    if len(text) > rules.max_characters:
        return _too_large(given, f"网页正文超过 {rules.max_characters} 字")
    converted = any(one.why == WHY_NOTE for one in repairs)
    title, cut = _short(scrub(page.title, converted=converted) or scrub(message.link_title) or _first_line(text), rules)
    if fault := _doubt(text, page.confidence, rules):
        return _failed(given, *fault)
    source, origin = _key(message)
    reply = repair(page.reply, converted=converted)[0].strip() if page.reply else None
    return Cleaned(
        place=given.place,
        message_id=message.message_id,
        item=identity.item_id(source, origin),
        kind=Kind.WEB_LEAD,
        source=source,
        origin=origin,
        received_at=message.received_at,
        title=title,
        text=text,
        content=identity.content_hash(title, f"{text}\n{reply}" if reply else text),
        exact=identity.exact_hash(text),
        charset=decoded.charset,
        confidence=page.confidence,
        published_at=dates.sensible(page.moment, message.received_at)
        or dates.published(message.link_date, message.received_at),
        author=scrub(page.author, converted=converted),
        page_source=scrub(page.source, converted=converted) or scrub(message.source_title),
        reply=reply or None,
        url=scrub(message.url),
        region=message.region,
        repairs=repairs,
        personal=personal.find(text),
        warnings=(*page.notes, *cut, *_damage(decoded), *_warnings(title, text)),
    )


_BINARY = {
    b"%PDF": "PDF 文件", b"PK\x03\x04": "压缩包或办公文档", b"\xd0\xcf\x11\xe0": "旧版办公文档", b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片", b"GIF8": "图片", b"Rar!": "压缩包", b"\x1f\x8b": "压缩包",
}  # fmt: skip


def _unfit(body: bytes, rules: CleanRules) -> tuple[str, str] | None:
    """Why these bytes are not read at all: class of the fault and sentence."""
    if len(body) > rules.max_bytes:
        return "too_large", f"网页超过 {rules.max_bytes // 1_000_000} MB，未作读取。请在目录中改用更具体的起始页"
    kind = next((name for magic, name in _BINARY.items() if body.startswith(magic)), None)
    return ("not_a_page", f"这个地址给出的不是网页，是{kind}。请下载后用“导入”收稿") if kind else None


def _doubt(text: str, confidence: float, rules: CleanRules) -> tuple[str, str] | None:
    """Why this text must not go to the index by itself."""
    if text.count("\ufffd") * 3 > len(text):
        return "unreadable", "网页字节损坏，三分之一以上的字读不出。请核对原网页后改正或移除"
    if confidence < rules.min_confidence:
        return "low_confidence", f"低置信：读出的正文 {len(text)} 字，把握 {confidence:.2f}，请对照原网页确认或改正"
    return None


def _damage(decoded: charset.Decoded) -> tuple[str, ...]:
    said = (f"网页有 {decoded.damaged} 处字节损坏，文中以“\ufffd”表示",) if decoded.damaged else ()
    other = "、".join(decoded.mixed)
    return (*said, f"网页中有的部分是另一种编码（{other}），已分别读取") if other else said


def _warnings(title: str, text: str) -> tuple[str, ...]:
    found = tuple(f"文中有“{word}”字样，请确认不涉及国家秘密" for word in secrecy.words(f"{title}\n{text}"))
    mark = secrecy.secrecy(text) if found else None
    return (f"疑似带有国家秘密标志（{mark}），请立即核实", *found) if mark else found


def _key(message: Crawled | Submitted) -> tuple[str, str]:
    """Source and origin key; hashing refuses lone surrogates, which no real key holds."""
    return storable(message.source), storable(message.origin)


def _next_day(received_at: str) -> datetime | None:
    try:
        return (datetime.fromisoformat(received_at) + timedelta(days=1)).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _trimmed(text: str, repairs: tuple[Repair, ...]) -> tuple[str, tuple[Repair, ...]]:
    """Without blank lines at either end; the repairs' places follow."""
    end = text.rstrip()
    start = end.rfind("\n", 0, len(end) - len(end.lstrip())) + 1
    text = end[start:]
    if start and repairs:
        repairs = tuple(replace(one, at=min(max(one.at - start, 0), len(text))) for one in repairs)
    return text, repairs


def _short(title: str, rules: CleanRules) -> tuple[str, tuple[str, ...]]:
    if len(title) <= rules.max_title:
        return title, ()
    return title[: rules.max_title], (f"标题超过 {rules.max_title} 字，只取前 {rules.max_title} 字",)


def _first_line(text: str) -> str:
    """The first line that says something; where a page was copied with its way through the site, that is none."""
    lines = [line for line in text.lstrip().split("\n", LINES_FOR_TITLE) if line.strip()]
    first = next((line for line in lines[:LINES_FOR_TITLE] if not is_crumbs(line)), lines[0] if lines else "")
    return first[:TITLE_CHARACTERS].strip()


def _rejected(given: ToClean, reason: str, *, erase: bool = False) -> Rejected:
    message = given.message
    source, origin = _key(message)
    item = identity.item_id(source, origin)
    return Rejected(given.place, message.message_id, item, source, message.received_at, Step.CLEAN, reason, erase=erase)


def _too_large(given: ToClean, what: str) -> Failed:
    return _failed(given, "too_large", f"{what}，未作处理。请核对来源，必要时分成几篇再收")


def _failed(given: ToClean, error: str, reason: str) -> Failed:
    message = given.message
    source, origin = _key(message)
    item = identity.item_id(source, origin)
    return Failed(
        given.place, message.message_id, item, source, message.received_at, Step.CLEAN, error, reason, given.payload
    )
