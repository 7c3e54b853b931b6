"""The catalogue of sources (CONTRACT, Files that people write): YAML → validated values.

By default it lies in `MINYI_HOME/rules/catalogue.yaml`. Errors are RuleError and name file, line, field and the
valid values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from parsel.csstranslator import css2xpath
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from pipeline.errors import RuleError
from pipeline.rules.yamlfile import RuleModel, load_yaml
from pipeline.settings import Settings

FILE = "catalogue.yaml"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def seconds_of(written: object) -> timedelta:
    """A duration as people write it: 2s, 30m, 1h, 1d. Raises ValueError saying so."""
    if isinstance(written, timedelta):
        return written
    if written == 0:
        return timedelta()
    found = _DURATION.fullmatch(written.strip()) if isinstance(written, str) else None
    if not found:
        raise ValueError(f"写成了“{written}”，读不懂。请写成 2s（秒）、30m（分钟）、1h（小时）或 1d（天）")
    try:
        return timedelta(seconds=float(found[1]) * UNITS[found[2]])
    except OverflowError:
        raise ValueError(f"写成了“{written}”，太长了。请写成 2s、30m、1h 或 1d") from None


def _written(duration: timedelta) -> str:
    return f"{duration.total_seconds():g}s"


def web_url(written: str) -> str:
    """A URL that can be crawled. Raises ValueError saying what is wrong with it."""
    try:
        parts = urlsplit(written.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or port == 0 or re.search(r"\s", written.strip()):
        raise ValueError(f"写成了“{written}”，不是完整的网址。请以 http:// 或 https:// 开头，写到具体页面")
    if parts.username is not None or parts.password is not None:
        raise ValueError("网址里带了账号口令。采集不登录任何网站，请写公开页面的网址")
    return written.strip()


def css(written: str) -> str:
    """A CSS selector. Raises ValueError when it cannot be read."""
    try:
        css2xpath(written)
    except Exception as error:  # cssselect's parser raises several kinds for a torn selector
        raise ValueError(f"写成了“{written}”，不是 CSS 选择器。可写如 ul.list li a") from error
    return written


def source_name(written: str) -> str:
    """A name that fits a command line, a file name and a log. Raises ValueError."""
    if not re.fullmatch(r"\w[\w.-]{0,63}", written):
        raise ValueError(f"写成了“{written}”。请只用文字、数字、_、. 和 -，以文字或数字起头，至多 64 个字")
    return written


def contact_line(written: str) -> str:
    """What a header can carry. Raises ValueError."""
    if not re.fullmatch(r"[!-'*-~]{3,200}", written):
        raise ValueError(f"写成了“{written}”。请写办公室的网址或邮箱，只用英文字符，不带括号和空格")
    return written


Contact = Annotated[str, AfterValidator(contact_line)]
Name = Annotated[str, AfterValidator(source_name)]
Duration = Annotated[timedelta, BeforeValidator(seconds_of), PlainSerializer(_written)]
Url = Annotated[str, AfterValidator(web_url)]
Selector = Annotated[str, AfterValidator(css)]


class Start(RuleModel):
    """Where a source begins. `links` selects links (or what holds them), `next` the link to the next page,
    `pages` counts list pages, the first included."""

    kind: Literal["list", "feed", "sitemap", "page"]
    url: Url
    links: Selector | None = None
    next: Selector | None = None
    pages: int | None = Field(default=None, ge=1, le=500)

    @model_validator(mode="after")
    def _fields_fit(self) -> Start:
        given = [name for name in ("links", "next", "pages") if getattr(self, name) is not None]
        if self.kind != "list" and given:
            raise ValueError(f"kind 是 {self.kind}，不能写 {'、'.join(given)}（只用于 list）")
        if self.pages is not None and self.pages > 1 and self.next is None:
            raise ValueError("写了 pages，还要写 next：下一页链接的选择器，如 a.next")
        return self

    @property
    def page_limit(self) -> int:
        """How many list pages are read."""
        return self.pages or (5 if self.next else 1)


class Article(RuleModel):
    """Selectors of a source's pages; they win over the general rule, behind the bus."""

    title: Selector | None = None
    text: Selector | None = None
    date: Selector | None = None

    def selectors(self) -> dict[str, str]:
        """Those that are written."""
        return self.model_dump(exclude_none=True)


class Source(RuleModel):
    """One source. `every` is for the flow's schedule, `delay` between two requests to a host."""

    name: Name
    title: str = Field(min_length=1, max_length=100)
    region: str | None = Field(default=None, pattern=r"^\d{6}$")
    every: Duration = timedelta(hours=1)
    delay: Duration = timedelta(seconds=2)
    since: date | None = None
    starts: tuple[Start, ...] = Field(min_length=1, max_length=100)
    article: Article = Article()

    @field_validator("every")
    @classmethod
    def _not_too_often(cls, every: timedelta) -> timedelta:
        if every < timedelta(minutes=1):
            raise ValueError("太短，最短 1m（1 分钟）")
        return every

    @field_validator("delay")
    @classmethod
    def _not_for_ever(cls, delay: timedelta) -> timedelta:
        if delay > timedelta(hours=1):
            raise ValueError("太长，最长 1h（1 小时）")
        return delay

    @model_validator(mode="after")
    def _polite(self) -> Source:
        if self.delay < timedelta(seconds=1) and not all(is_loopback(host) for host in self.hosts):
            raise ValueError("delay 至少 1s：两次请求之间要有间隔（只有本机网址可以更短）")
        return self

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts whose pages belong to this source."""
        return frozenset(host_of(start.url) for start in self.starts)


class Catalogue(RuleModel):
    """All sources. `contact` (a URL or mail address of the office) tells the crawled sites whom to ask."""

    version: Literal[1]
    contact: Contact | None = None
    sources: tuple[Source, ...] = ()

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        names = [source.name for source in sources]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"有两个来源都叫“{twice[0]}”，name 不能重复")
        return sources

    def chosen(self, names: Sequence[str]) -> list[Source]:
        """The sources of these names, all when none is named. Raises RuleError for an unknown name."""
        known = {source.name: source for source in self.sources}
        if unknown := [name for name in names if name not in known]:
            listed = "、".join(known) or "（目录是空的）"
            raise RuleError(f"来源目录里没有“{unknown[0]}”", fix=f"可用的来源：{listed}")
        return [known[name] for name in dict.fromkeys(names)] if names else list(self.sources)


def host_of(url: str) -> str:
    """The lower-case host of a URL, or "" when it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    return host in {"localhost", "::1"} or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host))


def catalogue_file(settings: Settings) -> Path:
    """Where the site's catalogue lies."""
    return settings.rules_dir / FILE


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue in `path`. Raises RuleError naming file, line, field and valid values."""
    if not path.exists():
        raise RuleError(
            "没有来源目录", where=str(path), fix="请新建这个文件并写入来源，或用 --catalogue 指定别处的文件"
        )
    return load_yaml(path, Catalogue)


def schedule(settings: Settings) -> dict[str, Any]:
    """For flows: source name → every, of the site's catalogue; empty when there is none."""
    path = catalogue_file(settings)
    return {source.name: source.every for source in load_catalogue(path).sources} if path.exists() else {}
