"""The signature is on the text (OFFICE 11): what is hashed, frozen and thawed.

The hash covers all that is printed but number, date and the people, who come from the records themselves.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import orjson

from pipeline.records.bulletins import Article, Bulletin, Foot, Masthead

PEOPLE = {"editor": "", "checker": "", "signer": ""}
UNSIGNED = ("number", "running", "year", "issued_on", "properties")


def text_hash(bulletin: Bulletin) -> str:
    """sha256 (hex) over the canonical JSON of the printed text."""
    plain = asdict(replace(bulletin, foot=replace(bulletin.foot, **PEOPLE)))
    for name in UNSIGNED:
        del plain[name]
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def numbered(bulletin: Bulletin, *, number: int, running: int, year: int, issued_on: date) -> Bulletin:
    """The bulletin with what is given at issue alone."""
    return replace(bulletin, number=number, running=running, year=year, issued_on=issued_on)


def frozen(bulletin: Bulletin) -> str:
    """The printed content as the store keeps it for good: canonical JSON."""
    return orjson.dumps(asdict(bulletin), option=orjson.OPT_SORT_KEYS).decode()


def thawed(content: str) -> Bulletin:
    """The bulletin of a frozen content."""
    plain: dict[str, Any] = orjson.loads(content)
    plain["masthead"] = Masthead(**plain["masthead"])
    plain["articles"] = tuple(Article(**article) for article in plain["articles"])
    plain["foot"] = Foot(**plain["foot"])
    plain["issued_on"] = date.fromisoformat(plain["issued_on"]) if plain["issued_on"] else None
    return Bulletin(**plain)
