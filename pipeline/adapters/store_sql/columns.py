"""Column types and the MetaData that every table of the store shares, the desk's too.

Times are stored UTC text (`pipeline.clock`), structures are JSON text, truth values are what a nullable time
says (`relayed_at`): so a row read past SQLAlchemy's types is the same on every engine.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite: the row's own number only as INTEGER. PostgreSQL: offsets pass two thousand million.
Whole = BigInteger().with_variant(Integer(), "sqlite")
# Keys and times sort by code point on SQLite; PostgreSQL's default is the locale's order.
Word = Text().with_variant(Text(collation="C"), "postgresql")


def key(name: str) -> Column[Any]:
    """A text column of a primary key."""
    return Column(name, Word, primary_key=True)


def word(name: str, *, null: bool = False) -> Column[Any]:
    """A key, code, time or other text that is compared."""
    return Column(name, Word, nullable=null)


def prose(name: str, *, null: bool = False) -> Column[Any]:
    """A text that people read, or JSON."""
    return Column(name, Text(), nullable=null)


def whole(name: str, *, primary_key: bool = False, null: bool = False) -> Column[Any]:
    """A whole number up to 2**63 - 1; in a primary key given by the program, never by the engine."""
    return Column(name, Whole, primary_key=primary_key, nullable=null, autoincrement=False)
