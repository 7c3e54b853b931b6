"""The desk's bulletins: rows, signatures, files (`pipeline.ports.desk`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, astuple
from typing import Any

import orjson
from sqlalchemy import Row, func, select, update

from pipeline.adapters.store_sql.parts import Part
from pipeline.adapters.store_sql.statements import ensuring, inserting
from pipeline.adapters.store_sql.tables_desk import bulletin_files, bulletins, signings
from pipeline.ports.desk import ArticleRow, BulletinRow, FileRow, SignatureRow
from pipeline.records.names import BulletinState

INSERT = inserting(bulletins)
SIGN = inserting(signings)
ADD_FILES = ensuring(bulletin_files)


class DeskBulletins(Part):
    """Bulletins."""

    def insert(self, bulletin: BulletinRow) -> None:
        """A new bulletin."""
        self.many(INSERT, [tuple(_stored(bulletin).values())])

    def bulletins(self, ids: Sequence[str]) -> dict[str, BulletinRow]:
        """Bulletins by id."""
        return {row.id: _bulletin(row) for row in self.where_in(select(bulletins), bulletins.c.id, ids)}

    def change(self, bulletin: BulletinRow) -> bool:
        """Write the row whose stored version is one lower."""
        older = (bulletins.c.id == bulletin.id, bulletins.c.version == bulletin.version - 1)
        done = self.connection.execute(update(bulletins).where(*older).values(**_stored(bulletin)))
        return done.rowcount == 1

    def bulletins_in(
        self, *, series: str | None = None, states: Sequence[BulletinState] = (), limit: int = 100
    ) -> list[BulletinRow]:
        """Newest first."""
        query = select(bulletins).order_by(bulletins.c.drafted_at.desc(), bulletins.c.id).limit(limit)
        if series:
            query = query.where(bulletins.c.series == series)
        if states:
            query = query.where(bulletins.c.state.in_([str(state) for state in states]))
        return [_bulletin(row) for row in self.connection.execute(query)]

    def editions(self, series: str, year: int, number: int) -> list[BulletinRow]:
        """The bulletins that bear this number."""
        query = select(bulletins).where(
            bulletins.c.series == series, bulletins.c.year == year, bulletins.c.number == number
        )
        return [_bulletin(row) for row in self.connection.execute(query.order_by(bulletins.c.edition))]

    def corrections(self, bulletin: str) -> list[BulletinRow]:
        """The bulletins that correct this one."""
        query = select(bulletins).where(bulletins.c.corrects == bulletin).order_by(bulletins.c.drafted_at)
        return [_bulletin(row) for row in self.connection.execute(query)]

    def sign(self, signature: SignatureRow) -> None:
        """Append a signature; the bulletin's own row, changed beside, keeps two from the same place."""
        last = select(func.coalesce(func.max(signings.c.seq), 0)).where(signings.c.bulletin == signature.bulletin)
        seq = self.connection.execute(last).scalar_one() + 1
        bulletin, *said, valid = astuple(signature)
        self.many(SIGN, [(bulletin, seq, *said, int(valid))])

    def signatures(self, bulletin: str) -> list[SignatureRow]:
        """Every signature, oldest first."""
        query = select(signings).where(signings.c.bulletin == bulletin).order_by(signings.c.seq)
        return [_signature(row) for row in self.connection.execute(query)]

    def invalidate(self, bulletin: str, kinds: Sequence[str]) -> None:
        """These kinds of signature are valid no more."""
        which = (signings.c.bulletin == bulletin, signings.c.kind.in_(list(kinds)))
        self.connection.execute(update(signings).where(*which).values(valid=0))

    def add_files(self, files: Sequence[FileRow]) -> None:
        """Note stored files; a format that is there already stays as it is."""
        self.many(ADD_FILES, [astuple(file) for file in files])

    def files(self, bulletins: Sequence[str]) -> dict[str, list[FileRow]]:
        """Stored files by bulletin."""
        found: dict[str, list[FileRow]] = defaultdict(list)
        query = select(bulletin_files).order_by(bulletin_files.c.bulletin, bulletin_files.c.format)
        for row in self.where_in(query, bulletin_files.c.bulletin, bulletins):
            found[row.bulletin].append(FileRow(*row))
        return dict(found)

    def newest_files(self, limit: int) -> list[FileRow]:
        """Those noted last."""
        order = (bulletin_files.c.at.desc(), bulletin_files.c.bulletin, bulletin_files.c.format)
        rows = self.connection.execute(select(bulletin_files).order_by(*order).limit(limit))
        return [FileRow(*row) for row in rows]


def _stored(bulletin: BulletinRow) -> dict[str, Any]:
    values = {column.name: getattr(bulletin, column.name) for column in bulletins.columns}
    articles = orjson.dumps([asdict(article) for article in bulletin.articles]).decode()
    return {**values, "state": str(bulletin.state), "articles": articles}


def _bulletin(row: Row[Any]) -> BulletinRow:
    values: dict[str, Any] = dict(zip(bulletins.columns.keys(), row, strict=True))
    values["articles"] = tuple(_article(one) for one in orjson.loads(row.articles))
    values["state"] = BulletinState(row.state)
    return BulletinRow(**values)


def _article(stored: dict[str, Any]) -> ArticleRow:
    stored["items"] = tuple(stored["items"])
    return ArticleRow(**stored)


def _signature(row: Row[Any]) -> SignatureRow:
    bulletin, _seq, *said, valid = row
    return SignatureRow(bulletin, *said, valid=bool(valid))
