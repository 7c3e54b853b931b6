"""The desk's part of the store: history, the second track, merges, bulletins, numbers. Found as `session.desk`.

Days are `YYYY-MM-DD` in the office's zone, times stored UTC. What is appended (acts, edits, signatures,
numbers) is never changed, but that a signature stops being valid and that a purge blanks an edit's words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import orjson

from pipeline.records.names import BulletinState, State

# ---------------------------------------------------------------- history


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a person. `subject` is item, bulletin, series or audit; `details` are facts, never texts."""

    subject: str
    id: str
    act: str
    actor: str
    role: str
    at: str
    opinion: str | None = None
    before: str | None = None  # state
    after: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActRow:
    """A written act in the chain: `seal` is over this act and the seal before it."""

    seq: int
    act: Act
    seal: str


def seal(previous: str, seq: int, act: Act) -> str:
    """sha256 (hex) over the previous seal, the place in the chain and the act's canonical JSON."""
    body = orjson.dumps([previous, seq, asdict(act)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(body).hexdigest()


# ---------------------------------------------------------------- the second track


@dataclass(frozen=True, slots=True)
class Edit:
    """One numbered state of an item's 审签稿; the newest is in force, the original is never touched."""

    item: str
    number: int
    title: str
    text: str
    by: str
    at: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """`item` was merged into `main`; `before` is the state that unmerging gives back."""

    item: str
    main: str
    before: State
    by: str
    at: str


# ---------------------------------------------------------------- bulletins


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One article of a draft: the items it stands for, the first leading. Without a text of its own it
    prints the lead item's 审签稿; with one (综合, 更正) it prints that, and `by` wrote it."""

    items: tuple[str, ...]
    title: str | None = None
    text: str | None = None
    reported_by: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class BulletinRow:
    """A bulletin's row. `version` rises with each change; `content` is the frozen print (JSON) from issue on.
    A correction names in `corrects` the edition before it."""

    id: str
    series: str
    type: str
    state: BulletinState
    version: int
    articles: tuple[ArticleRow, ...]
    drafted_by: str
    drafted_at: str
    title: str = ""
    note: str = ""
    edition: int = 1
    corrects: str | None = None
    number: int | None = None
    running: int | None = None
    year: int | None = None
    issued_on: str | None = None
    masthead: str | None = None
    content: str | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """Every item it stands for, in order."""
        return tuple(item for article in self.articles for item in article.items)


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """An approval, countersignature or signature over the text whose hash it keeps. `signed_on` is the day on
    paper; `proxy_for` whose place was taken (代签); `registered_by` who registered it (由××代为登记)."""

    bulletin: str
    kind: str  # approve, countersign, sign
    role: str
    name: str
    hash: str
    at: str
    signed_on: str
    opinion: str | None = None
    proxy_for: str | None = None
    registered_by: str | None = None
    scan: str | None = None  # in files
    valid: bool = True


@dataclass(frozen=True, slots=True)
class FileRow:
    """One stored file of an issued bulletin; `content` is its address in files, `size` bytes."""

    bulletin: str
    format: str
    content: str
    name: str
    size: int
    at: str


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number given, to a bulletin or reserved for a reason."""

    series: str
    year: int
    number: int
    running: int
    edition: int
    at: str
    bulletin: str | None = None
    reason: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Since a restore no series issues until its last printed number is confirmed."""

    number: int
    at: str
    why: str


class Desk(Protocol):
    """The desk's tables."""

    # history

    def record(self, acts: Sequence[Act]) -> list[ActRow]:
        """Append acts to the chain, one writer at a time."""
        ...

    def acts(self, subject: str, key: str) -> list[ActRow]:
        """What was done with one subject, oldest first."""
        ...

    def chain(self, after: int = 0, limit: int = 1000) -> list[ActRow]:
        """The whole chain by seq, for `audit verify` and export."""
        ...

    # the second track

    def edit(self, edits: Sequence[Edit]) -> None: ...

    def edits(self, items: Sequence[str]) -> dict[str, list[Edit]]:
        """Edits of these items, oldest first."""
        ...

    def override(self, item: str, fields: Mapping[str, Any], by: str) -> None:
        """Editor-made fields of an item (domain, topic, …), in place of those before."""
        ...

    def overrides(self, items: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Editor-made fields of these items."""
        ...

    def erase(self, item: str) -> None:
        """purge: the item's edits lose their words, its merge goes."""
        ...

    def merge(self, merges: Sequence[Merge]) -> None: ...

    def unmerge(self, items: Sequence[str]) -> None: ...

    def merged(self, mains: Sequence[str]) -> dict[str, list[Merge]]:
        """main → what was merged into it, in order of merging."""
        ...

    def merges(self, items: Sequence[str]) -> dict[str, Merge]:
        """merged item → its merge."""
        ...

    # bulletins

    def insert(self, bulletin: BulletinRow) -> None: ...

    def bulletins(self, ids: Sequence[str]) -> dict[str, BulletinRow]: ...

    def change(self, bulletin: BulletinRow) -> bool:
        """Write the row whose stored version is one lower; whether it was there (somebody else was not faster)."""
        ...

    def bulletins_in(
        self, *, series: str | None = None, states: Sequence[BulletinState] = (), limit: int = 100
    ) -> list[BulletinRow]:
        """Newest first; `states` empty means all."""
        ...

    def editions(self, series: str, year: int, number: int) -> list[BulletinRow]:
        """The bulletins that bear this number, by edition."""
        ...

    def corrections(self, bulletin: str) -> list[BulletinRow]:
        """The bulletins that correct this one."""
        ...

    def sign(self, signature: SignatureRow) -> None: ...

    def signatures(self, bulletin: str) -> list[SignatureRow]:
        """Every approval and signature, oldest first, those no longer valid included."""
        ...

    def invalidate(self, bulletin: str, kinds: Sequence[str]) -> None:
        """These kinds of signature on the bulletin are valid no more."""
        ...

    def add_files(self, files: Sequence[FileRow]) -> None: ...

    def files(self, bulletins: Sequence[str]) -> dict[str, list[FileRow]]: ...

    def newest_files(self, limit: int) -> list[FileRow]:
        """Those noted last, newest first."""
        ...

    # numbers

    def ensure_counters(self, series: str, year: int, last: int, last_running: int) -> None:
        """Make the rows (series, year) and (series, total) if they are not there."""
        ...

    def take(self, series: str, year: int) -> tuple[int, int]:
        """The next (number, running), year first, then total; both rows stay locked until the end."""
        ...

    def counters(self, series: str) -> dict[int, int]:
        """year → last number given; 0 → last running number."""
        ...

    def raise_counters(self, series: str, year: int, number: int, running: int) -> None:
        """Set both counters on to these, never back."""
        ...

    def register(self, numbers: Sequence[NumberRow]) -> None:
        """Enter numbers given; the table's UNIQUE refuses a second of the same."""
        ...

    def numbers(self, series: str, year: int | None = None) -> list[NumberRow]:
        """Numbers given, in order."""
        ...

    def hold(self, why: str, at: str) -> None:
        """After a restore: every series waits for `confirm`."""
        ...

    def held(self, series: str) -> Hold | None:
        """The hold that this series has not confirmed yet."""
        ...

    def confirm(self, series: str, hold: Hold, by: str, at: str) -> None: ...

    # queries

    def ids_in(
        self, states: Sequence[State], *, kind: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[str]:
        """Live items in these states, latest received first; `after` is the last id of the page before."""
        ...

    def count_states(self) -> Mapping[str, int]:
        """state → live items."""
        ...
