"""Settings: the one file that reads the environment. One frozen value, read once, passed down.

Each part is one URL; empty means embedded under the home. A URL may carry `?properties=FILE`, a file of
`name=value` lines for what TLS or SASL needs; its values are secrets and never printed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import parse_qs, quote, unquote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.errors import RuleError

KNOWN = {
    "MINYI_BUS": ("sqlite", "kafka"),
    "MINYI_STORE": ("sqlite", "postgresql"),
    "MINYI_SEARCH": ("sqlite", "http", "https"),
    # s3 is proven; the others are object stores, too, each by the package that fsspec names for it.
    "MINYI_FILES": ("file", "s3", "gs", "abfs", "oss"),
    "MINYI_KIBANA": ("http", "https"),
}
HOSTED = {"kafka", "http", "https", "s3"}  # PostgreSQL may be asked by a socket, without a host
REACHES = ("loopback", "network", "off")  # whom the desk answers: this machine, whoever reaches the web, nobody
NAMES = {*KNOWN, "MINYI_HOME", "MINYI_TZ", "MINYI_LOG", "MINYI_METRICS", "MINYI_DESK"}
COMPOSE = {"MINYI_WEB_BIND", "MINYI_WEB_PORT", "MINYI_WEB_URL", "MINYI_RULES", "MINYI_SECRETS", "MINYI_BACKUPS"}
LogForm = Literal["json", "text", "stderr"]
METRICS_LENGTH = 16  # characters of a token that is not guessed
EXAMPLES = {
    "MINYI_BUS": "sqlite:///路径 或 kafka://主机:9092",
    "MINYI_STORE": "sqlite:///路径 或 postgresql://用户:口令@主机/库名",
    "MINYI_SEARCH": "sqlite:///路径 或 http://用户:口令@主机:9200",
    "MINYI_FILES": "file:///路径 或 s3://桶/前缀",
    "MINYI_KIBANA": "https://用户:口令@主机:5601",
}

PRIVATE = 0o700  # of folders that hold what people wrote


@dataclass(frozen=True, slots=True)
class Address:
    """One part's URL, taken apart. `path` is a local path for sqlite and file."""

    url: str
    scheme: str
    path: Path | None
    properties: Mapping[str, str]

    def __repr__(self) -> str:
        # A traceback or a log line that shows an address shows no password.
        return f"Address({self.masked!r}, properties={sorted(self.properties)})"

    @property
    def masked(self) -> str:
        """The URL without its password."""
        parts = urlsplit(self.url)
        if parts.password is None:
            return self.url
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{quote(parts.username or '')}:***@{host}"))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment says."""

    home: Path
    bus: Address
    store: Address
    search: Address
    files: Address
    zone: ZoneInfo
    log: LogForm = "json"
    metrics: str = field(default="", repr=False)  # the token of /metrics; "" answers this machine alone
    # URL, looked at when it is used: what it is for stops nobody else's work.
    kibana: str = field(default="", repr=False)
    desk: str = REACHES[0]

    @property
    def embedded(self) -> bool:
        """Whether every part is under the home, with no server."""
        return {self.bus.scheme, self.store.scheme, self.search.scheme} == {"sqlite"}

    @property
    def rules_dir(self) -> Path:
        """Where the site's own rules lie."""
        return self.home / "rules"

    @property
    def cache_dir(self) -> Path:
        """What can be rebuilt: band indexes, fonts' caches."""
        return self.home / "cache"

    @property
    def exports_dir(self) -> Path:
        """Where exports go by default."""
        return self.home / "exports"

    def make_home(self) -> None:
        """Make the home where there is none, for its owner alone: texts and contacts lie in it."""
        self.home.mkdir(mode=PRIVATE, parents=True, exist_ok=True)


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises RuleError naming the setting, its value and the valid shapes."""
    env = os.environ if environment is None else environment
    home = Path(env.get("MINYI_HOME") or "./var").expanduser().absolute()
    defaults = {
        "MINYI_BUS": f"sqlite:///{home.as_posix()}/bus.db",
        "MINYI_STORE": f"sqlite:///{home.as_posix()}/store.db",
        "MINYI_SEARCH": f"sqlite:///{home.as_posix()}/search.db",
        "MINYI_FILES": f"file:///{home.as_posix().lstrip('/')}/files",
    }
    parts = {name: _address(name, env.get(name) or default) for name, default in defaults.items()}
    return Settings(
        home=home,
        bus=parts["MINYI_BUS"],
        store=parts["MINYI_STORE"],
        search=parts["MINYI_SEARCH"],
        files=parts["MINYI_FILES"],
        zone=_zone(env.get("MINYI_TZ") or "Asia/Shanghai"),
        log=_log(env.get("MINYI_LOG") or "json"),
        metrics=_metrics(env.get("MINYI_METRICS") or ""),
        kibana=env.get("MINYI_KIBANA") or "",
        desk=_reach(env.get("MINYI_DESK") or REACHES[0]),
    )


def with_file(file: Path) -> Settings:
    """The settings as they will be with a settings file (lines `NAME=value`, as in deploy/env.example) over this
    environment. Raises RuleError, also for a file that sets nothing of ours."""
    given = {name: value.strip("'\"") for name, value in _pairs("设置文件", str(file)).items()}
    mine = {name.removeprefix("export ").strip(): value for name, value in given.items()}
    mine = {name: value for name, value in mine.items() if name.startswith("MINYI_")}
    if unknown := sorted(mine.keys() - NAMES - COMPOSE):
        raise RuleError(f"没有 {'、'.join(unknown)} 这项设置", where=str(file), fix=f"可写：{'、'.join(sorted(NAMES))}")
    if not mine:
        raise RuleError("设置文件里没有 MINYI_ 开头的设置", where=str(file), fix="请写成一行一项：MINYI_STORE=…")
    return load({**os.environ, **mine})


def kibana_at(url: str, said: str = "MINYI_KIBANA") -> Address:
    """The address of a Kibana, `said` (`--url` or MINYI_KIBANA) in an error. Raises RuleError as `load` does."""
    return _address("MINYI_KIBANA", url, said)


def child_environment(settings: Settings, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment a child process gets, so that it opens the very same parts."""
    mine = {
        "MINYI_HOME": str(settings.home),
        "MINYI_BUS": settings.bus.url,
        "MINYI_STORE": settings.store.url,
        "MINYI_SEARCH": settings.search.url,
        "MINYI_FILES": settings.files.url,
        "MINYI_TZ": settings.zone.key,
        "MINYI_LOG": settings.log,
        "MINYI_METRICS": settings.metrics,
        "MINYI_KIBANA": settings.kibana,
        "MINYI_DESK": settings.desk,
    }
    return {**os.environ, **mine, **(extra or {})}


def adopt(settings: Settings, defaults: Mapping[str, str]) -> None:
    """Make this process's environment say what `settings` do, so that the children of a library, started in
    whatever folder, open the very same parts; `defaults` hold unless a person set something else."""
    os.environ.update(child_environment(settings))
    set_defaults(defaults)


def environment() -> dict[str, str]:
    """A copy of this process's environment, for who makes settings of another home from it."""
    return dict(os.environ)


def set_defaults(values: Mapping[str, str]) -> None:
    """For a library that reads the environment at its own import: what it finds there unless a person set it."""
    for name, value in values.items():
        os.environ.setdefault(name, value)


def _address(name: str, url: str, said: str | None = None) -> Address:
    parts = urlsplit(url)
    scheme = parts.scheme
    if scheme not in KNOWN[name] or (scheme in HOSTED and not parts.netloc):
        raise RuleError(f"{said or name} 写成了“{_hidden(url)}”，认不出来", fix=f"请写成 {EXAMPLES[name]}")
    bare, _, query = url.partition("?")
    path = Path(_local(bare, scheme)).absolute() if scheme in {"sqlite", "file"} else None
    files = parse_qs(query).get("properties", [])
    return Address(url=url, scheme=scheme, path=path, properties=_properties(name, files[0]) if files else {})


def _local(url: str, scheme: str) -> str:
    # sqlite:///relative and sqlite:////absolute as SQLAlchemy writes them; C:/ on Windows keeps its letter.
    rest = unquote(url[len(scheme) + 3 :])
    if not rest.startswith("/"):
        raise RuleError(f"“{url}”少了斜杠", fix=f"请写成 {scheme}:///路径")
    body = rest[1:]
    if scheme == "file" and not (len(body) > 1 and body[1] == ":"):
        return rest
    return body


def _properties(name: str, file: str) -> dict[str, str]:
    return _pairs(f"{name} 指的属性文件", file)


def _pairs(what: str, file: str) -> dict[str, str]:
    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{what}读不了", where=file, fix="请核对路径、权限和编码（UTF-8）") from error
    pairs = (line.partition("=") for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _zone(key: str) -> ZoneInfo:
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise RuleError(f"MINYI_TZ 写成了“{key}”，没有这个时区", fix="请写成 Asia/Shanghai") from error


def _log(form: str) -> LogForm:
    if form not in get_args(LogForm):
        raise RuleError(f"MINYI_LOG 写成了“{form}”，认不出来", fix=f"可写：{'、'.join(get_args(LogForm))}")
    return cast("LogForm", form)


def _metrics(token: str) -> str:
    if token and (len(token) < METRICS_LENGTH or not token.isascii() or not token.isprintable() or " " in token):
        raise RuleError(
            "MINYI_METRICS 的口令太短或有不能用的字符",
            fix=f"请写 {METRICS_LENGTH} 位以上的字母和数字；留空则只有本机能读",
        )
    return token


def _reach(value: str) -> str:
    if value not in REACHES:
        fix = f"可写：{'、'.join(REACHES)}（只在本机、内网、不开）"
        raise RuleError(f"MINYI_DESK 写成了“{value}”，认不出来", fix=fix)
    return value


def _hidden(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition(':')[0]}:***{at}{tail}" if at else url
