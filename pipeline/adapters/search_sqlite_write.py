"""Writing a generation of the embedded search: its tables, and documents into them.

    documents   a document's fields, its tokens as indexed (NULL: those of its text), and its `place`
    removed     tombstones: id and version
    words       FTS5 without content: title, text and facets under the document's place
    common      the characters whose pairs are tokens of `words`, too (see `common_grams`); no row: none
    dropped     has a row when the generation is over, for those who still hold the file open

A place is the document's age, shifted, with a number within that age; the age is counted in seconds back from
a moment far ahead, so that places rise from the newest date to the oldest. FTS5 gives hits in the order of
places, as far as they are asked for (and rising a third quicker than falling); so a page of the newest hits
costs little at any number of documents, and a range of days is a range of places. Filters are tokens of
`facets`, so that one index answers text and filters together. An entry of FTS5 can only be removed by the very
tokens it was made of: they are kept where Unicode's tables, which change with Python, may make others of the same
text one day, and are made of it again where they cannot (nearly always: half the file). Whoever changes
`fts.characters` raises GENERATION's version.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from pipeline.adapters import fts
from pipeline.adapters.common_grams import common_of
from pipeline.adapters.search_rules import FIELDS, moment_of
from pipeline.adapters.sqlite import Layout, insert
from pipeline.errors import Broken
from pipeline.records.items import Document

PLACE_BITS = 22  # four million documents of one second
PLACES = 1 << PLACE_BITS
OLDEST = (1 << 33) - 1  # seconds, 272 years
_NEWEST = datetime.fromisoformat("2150-01-01T00:00:00Z")
_COLUMNS = ("number", "place", *FIELDS, "facets", "tokens_title", "tokens_text")
_INSERT = f"INSERT OR REPLACE INTO documents ({', '.join(_COLUMNS)})"
_ADD = "INSERT INTO words (rowid, title, text, facets)"
_REMOVE = "INSERT INTO words (rowid, title, text, facets, words)"
_COMMON = "CREATE TABLE common (characters TEXT NOT NULL) STRICT"
_SAMPLE = 2_000
_values = attrgetter(*FIELDS)
GENERATION = Layout(
    name="检索库",
    mend="请运行 minyi reindex 重建检索",
    application=0x4D795301,
    version=4,
    # Removed texts are overwritten. Index pages are written often before they rest: fewer checkpoints.
    pragmas=("secure_delete=ON", "cache_size=-16384", "wal_autocheckpoint=2000"),
    page_size=8192,
    schema=(
        """CREATE TABLE documents (number INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, id TEXT NOT NULL,
           version INTEGER NOT NULL, kind TEXT, origin TEXT, source TEXT, published_at TEXT, received_at TEXT,
           day TEXT, state TEXT, domain TEXT, topic TEXT, regions TEXT, score REAL, urgent INTEGER,
           undecided INTEGER, cluster TEXT, twin INTEGER, bulletin TEXT, author TEXT, unit TEXT, sector TEXT,
           url TEXT, title TEXT, text TEXT, facets TEXT, tokens_title TEXT, tokens_text TEXT) STRICT""",
        "CREATE INDEX documents_by_id ON documents (id, version)",
        "CREATE TABLE removed (id TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE dropped (at TEXT NOT NULL) STRICT",
        _COMMON,
        "CREATE VIRTUAL TABLE words USING fts5 (title, text, facets, content='', tokenize='ascii')",
        # One segment a batch, instead of one for each megabyte of it; a leaf that fills the file's pages; merges by
        # eights: together a fifth to a third more documents a second than FTS5's own choice, queries a tenth slower.
        "INSERT INTO words (words, rank) VALUES ('hashsize', 8388608)",
        "INSERT INTO words (words, rank) VALUES ('pgsz', 8050)",
        "INSERT INTO words (words, rank) VALUES ('automerge', 8)",
    ),
    upgrades={
        2: ("ALTER TABLE documents ADD COLUMN undecided INTEGER", "ALTER TABLE documents ADD COLUMN twin INTEGER"),
        3: (_COMMON,),
    },
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A document made ready outside the transaction. A tombstone has no values."""

    id: str
    version: int
    age: int = OLDEST
    tokens: tuple[str, str, str] = ("", "", "")  # title, text, facets
    kept: tuple[str | None, str | None] = (None, None)  # tokens of title and text that may change
    values: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the file holds of a document."""

    number: int
    version: int
    place: int
    tokens: tuple[str, str, str]


def entry(document: Document) -> Entry:
    """Make a document ready. Raises ValueError for what cannot be stored: a lone surrogate, a date that is none."""
    if document.tombstone:
        return Entry(document.id, document.version)
    tokens = (fts.characters(document.title), fts.characters(document.text), fts.facets_of(document))
    values = [" ".join(value) if isinstance(value, tuple) else value for value in _values(document)]
    "".join(value for value in values if isinstance(value, str)).encode()
    kept = (None if fts.settled(document.title) else tokens[0], None if fts.settled(document.text) else tokens[1])
    return Entry(document.id, document.version, _age(document), tokens, kept, tuple(values))


def age_of(moment: datetime) -> int:
    """A moment's age; what lies after 2150 is the newest, what lies before 1877 the oldest."""
    return min(max(0, -int((moment - _NEWEST).total_seconds() // 1)), OLDEST)


def _age(document: Document) -> int:
    moment = moment_of(document)
    return OLDEST if moment is None else age_of(moment)


def write(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Write entries (each id once) where no newer version is there. Inside a transaction."""
    ids = json.dumps([each.id for each in entries])
    known, removed = _known(connection, ids), _removed(connection, ids)
    due = [
        each
        for each in entries
        if each.version >= removed.get(each.id, 0) and (each.id not in known or each.version >= known[each.id].version)
    ]
    _index(connection, _documents(connection, due, known))
    _keep_tombstones(connection, due, removed)


# FTS5 writes out what it has collected whenever the order of rowids is broken: changes go in their order.
# (place, 0 to remove and 1 to add, tokens)
Change = tuple[int, int, tuple[str, str, str]]


def _documents(connection: sqlite3.Connection, due: Sequence[Entry], known: dict[str, Known]) -> list[Change]:
    """Write the documents' rows; the changes that the index needs."""
    changes: list[Change] = []
    places = _Places(connection)
    rows: list[tuple[Any, ...]] = []
    for each in due:
        old = known.get(each.id)
        place = old.place if old and old.place >> PLACE_BITS == each.age else None
        if old and (each.values is None or place is None or old.tokens != each.tokens):
            changes.append((old.place, 0, old.tokens))
        if each.values is None:
            continue
        if place is None or old is None or old.tokens != each.tokens:
            place = place if place is not None else places.next(each.age)
            changes.append((place, 1, each.tokens))
        rows.append((old.number if old else None, place, *each.values, each.tokens[2], *each.kept))
    gone = [(known[each.id].number,) for each in due if each.values is None and each.id in known]
    connection.executemany("DELETE FROM documents WHERE number = ?", gone)
    insert(connection, _INSERT, rows)
    return changes


class _Places:
    """Gives out free places in this transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._next: dict[int, int] = {}

    def next(self, age: int) -> int:
        first = age << PLACE_BITS
        place = self._next.get(age)
        if place is None:
            query = "SELECT max(place) FROM documents WHERE place >= ? AND place < ?"
            last = self._connection.execute(query, (first, first + PLACES)).fetchone()[0]
            place = first if last is None else last + 1
        if place >= first + PLACES:
            raise Broken("检索库里同一时刻的文件过多", fix="请核对这些文件的日期")
        self._next[age] = place + 1
        return place


def _index(connection: sqlite3.Connection, changes: list[Change]) -> None:
    pairs_of = common(connection)
    for add, some in groupby(sorted(changes), key=itemgetter(1)):
        rows = [
            (place, fts.indexed(title, pairs_of), fts.indexed(text, pairs_of), facets)
            for place, _, (title, text, facets) in some
        ]
        if add:
            insert(connection, _ADD, rows)
        else:
            insert(connection, _REMOVE, [(*row, "delete") for row in rows])


# ---------------------------------------------------------------- common characters


def count(connection: sqlite3.Connection) -> int:
    """Documents that are there."""
    return connection.execute("SELECT count(*) FROM documents").fetchone()[0]


def common(connection: sqlite3.Connection) -> str:
    """The characters whose pairs are indexed."""
    row = connection.execute("SELECT characters FROM common").fetchone()
    return row[0] if row else ""


def common_in(connection: sqlite3.Connection) -> str:
    """The common characters of this generation's documents, by a sample of its rows."""
    last = connection.execute("SELECT max(number) FROM documents").fetchone()[0] or 0
    rows = connection.execute(
        "SELECT title, text FROM documents WHERE number IN (SELECT value FROM json_each(?))",
        (json.dumps(list(range(1, last + 1, max(1, last // _SAMPLE)))),),
    )
    return common_of(fts.characters(f"{title} {text}") for title, text in rows)


def index_pairs(connection: sqlite3.Connection, characters: str) -> None:
    """Index the pairs of these characters, too, if the generation is new. Inside a transaction."""
    connection.execute(
        """INSERT INTO common SELECT ? WHERE NOT EXISTS (SELECT 1 FROM common)
           AND NOT EXISTS (SELECT 1 FROM documents) AND NOT EXISTS (SELECT 1 FROM removed)""",
        (characters,),
    )


def _keep_tombstones(connection: sqlite3.Connection, due: Sequence[Entry], removed: dict[str, int]) -> None:
    back = [(each.id,) for each in due if each.values is not None and each.id in removed]
    connection.executemany("DELETE FROM removed WHERE id = ?", back)
    gone = [(each.id, each.version) for each in due if each.values is None]
    connection.executemany("INSERT OR REPLACE INTO removed VALUES (?, ?)", gone)


def _known(connection: sqlite3.Connection, ids: str) -> dict[str, Known]:
    rows = connection.execute(
        """SELECT id, number, version, place, facets, tokens_title, tokens_text,
                  iif(tokens_title IS NULL, title, ''), iif(tokens_text IS NULL, text, '') FROM documents
           WHERE id IN (SELECT value FROM json_each(?))""",
        (ids,),
    )
    return {
        id_: Known(number, version, place, (_tokens(title, of_title), _tokens(text, of_text), facets))
        for id_, number, version, place, facets, title, text, of_title, of_text in rows
    }


def _tokens(kept: str | None, text: str) -> str:
    return fts.characters(text) if kept is None else kept


def _removed(connection: sqlite3.Connection, ids: str) -> dict[str, int]:
    return dict(connection.execute("SELECT * FROM removed WHERE id IN (SELECT value FROM json_each(?))", (ids,)))
