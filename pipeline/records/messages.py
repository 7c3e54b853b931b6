"""Messages: what crawlers and intake put on the bus. The bytes travel untouched; nothing is judged here.

A message is JSON (UTF-8) and carries the version of its format; a worker that meets a newer one stops
with a sentence. Times are stored UTC (`pipeline.clock`).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipeline.errors import Broken, Terminal
from pipeline.records.names import Step

FORMAT = 1
# Kafka refuses a message over 1 MB by default; what is larger goes to `files`.
INLINE_LIMIT = 700_000


class Message(BaseModel):
    """What every message carries. `message_id` names the outbox row or the fetch that made it."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64")

    format: Literal[1] = 1
    message_id: str
    source: str
    origin: str  # origin key: with the source it makes the item's id
    received_at: str


class Crawled(Message):
    """One page as the site gave it. `body` is zlib-compressed; a large one lies in files under `body_file`. Of a text
    that the site split, it is the pages one after another, and `parts` their sizes, in bytes before compression."""

    type: Literal["crawled"] = "crawled"
    url: str
    source_title: str | None = None
    region: str | None = None  # six digits, of the catalogue's source
    status: int = 200
    headers: dict[str, str] = Field(default_factory=dict)  # lower case names
    body: bytes | None = None
    body_file: str | None = None
    parts: list[int] = Field(default_factory=list[int])
    link_title: str | None = None  # the text of the link that led here
    link_date: str | None = None  # as the list or feed wrote it
    selectors: dict[str, str] = Field(default_factory=dict)  # title, text, date: win over the general rule


class Consent(BaseModel):
    """The three parts of consent (OFFICE 5); the public's default is no."""

    model_config = ConfigDict(frozen=True)

    named: bool = False  # in print
    passed_on: bool = False  # to the handling body
    published: bool = False


class Submitted(Message):
    """One submission as its author gave it. The row in the store is the truth; this can rebuild it."""

    type: Literal["submitted"] = "submitted"
    receipt: str
    channel: Literal["web", "api", "mail", "import", "desk"]
    title: str | None = None
    text: str = ""
    text_file: str | None = None  # of a text too large for a message
    author: str | None = None
    author_number: str | None = None  # 委员编号
    unit: str | None = None
    sector: str | None = None
    party: str | None = None
    phone: str | None = None
    email: str | None = None
    url: str | None = None
    published_at: str | None = None
    urgent: bool = False
    declared: dict[str, str] = Field(default_factory=dict)  # 已报送其他渠道, 是否公开发表过 …
    consent: Consent = Consent()
    kind: Literal["submission", "web_lead"] = "submission"
    idempotency_key: str | None = None  # the client's, so that a rebuilt row answers it with the same receipt


AnyMessage = Annotated[Crawled | Submitted, Field(discriminator="type")]
_ADAPTER: TypeAdapter[Crawled | Submitted] = TypeAdapter(AnyMessage)


def encode(message: Message) -> bytes:
    """A message as the bus carries it."""
    return message.model_dump_json(exclude_none=True).encode()


def decode(value: bytes) -> Crawled | Submitted:
    """The message in `value`. Raises Broken for a newer format, Terminal (step read) for anything else wrong."""
    try:
        return _ADAPTER.validate_json(value)
    except ValidationError as error:
        if (version := _format_of(value)) is not None and version > FORMAT:
            raise Broken(
                f"总线上有新版本（格式 {version}）的消息，本程序只认到格式 {FORMAT}", fix="请先升级本机的民意程序"
            ) from error
        raise Terminal("消息内容读不懂", step=Step.READ, where=_first_fault(error), fix="请核对来源程序") from error


def _format_of(value: bytes) -> int | None:
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    version = found.get("format") if isinstance(found, dict) else None
    return version if isinstance(version, int) else None


def _first_fault(error: ValidationError) -> str:
    # Never the value itself: it may be somebody's words.
    fault = error.errors(include_input=False, include_url=False)[0]
    return ".".join(map(str, fault["loc"])) + ": " + fault["type"]


def compress(body: bytes) -> bytes:
    """A page's bytes as a message carries them."""
    # Level 6 takes 2 to 5 times as long (1.4 against .7 ms for a real page of 100 kB) and saves an eighth.
    return zlib.compress(body, 1)


def decompress(body: bytes, limit: int) -> bytes:
    """The page's bytes. Raises Terminal (step read) when they are torn or unpack to more than `limit` bytes."""
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(body, limit)
    except zlib.error as error:
        raise Terminal("网页字节的压缩已损坏", step=Step.READ) from error
    if unpacker.unconsumed_tail:
        raise Terminal(f"网页解压后超过 {limit // 1_000_000} MB", step=Step.READ, fix="请在目录中改用更具体的起始页")
    return plain


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies; the key of its ledger row. `bus` is the id made when bus or topic was created."""

    bus: str
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish; the same key always goes to the same partition."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message as the bus hands it over."""

    place: Place
    key: str
    value: bytes
