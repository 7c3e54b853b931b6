"""What a person may write for a filter: words of the screen or the contract's, checked with the valid values named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pipeline.desk.states import BULLETIN_STATES, STATES
from pipeline.desk.words import source_key
from pipeline.errors import UsageError
from pipeline.records.items import Query
from pipeline.records.names import BulletinState, Kind, State
from pipeline.rules import Rules
from pipeline.rules.regions import Regions

KINDS = {Kind.SUBMISSION: "来稿", Kind.WEB_LEAD: "网上线索"}
CODE_LENGTH = 6
NAMED = 6  # places listed when one name is borne by many


def query_of(
    rules: Rules,
    text: str,
    *,
    domain: str | None = None,
    region: str | None = None,
    state: str | None = None,
    kind: str | None = None,
    source: str | None = None,
    since: str | None = None,
    sort: str = "date",
    limit: int = 20,
) -> Query:
    """The query that the words of a command line mean. Raises UsageError naming what may be written."""
    domains = [one.name for one in rules.taxonomy.domains] if domain is not None else []
    if domain is not None and domain not in domains:
        raise UsageError(f"没有“{domain}”这一类", where="--domain", fix=f"可写：{'、'.join(domains)}")
    return Query(
        text=text,
        domain=domain,
        region=region_code(rules.regions, region) if region else None,
        state=_word(state, {str(one): word for one, word in STATES.items()}, "--state"),
        kind=_word(kind, {str(one): word for one, word in KINDS.items()}, "--kind"),
        source=source_key(source),
        since=day(since, "--since"),
        sort=sort,
        limit=limit,
    )


def region_code(regions: Regions, said: str) -> str:
    """The code of a place named or coded. Raises UsageError for an unknown name, or one that several bear."""
    if said in regions.divisions:
        return said
    named = [one for one in regions.divisions.values() if said == one.name] or [
        one for one in regions.divisions.values() if said == one.short
    ]
    if len(named) == 1:
        return named[0].code
    if not named:
        raise UsageError(f"没有“{said}”这个地方", where="--region", fix="请写行政区划的全名，如 岚禾县，或六位代码")
    listed = "、".join(f"{one.code} {_above(regions, one.parent)}{one.name}" for one in named[:NAMED])
    raise UsageError(f"叫“{said}”的地方有 {len(named)} 个", where="--region", fix=f"请写代码：{listed}")


def _above(regions: Regions, code: str | None) -> str:
    division = regions.divisions.get(code or "")
    return _above(regions, division.parent) + division.name if division else ""


def _word(said: str | None, words: Mapping[str, str], where: str) -> str | None:
    """The contract's value for it or for its word on screen."""
    if said is None or said in words:
        return said
    found = next((value for value, word in words.items() if word == said), None)
    if found is None:
        listed = "、".join(f"{value}（{word}）" for value, word in words.items())
        raise UsageError(f"“{said}”认不出来", where=where, fix=f"可写：{listed}")
    return found


def bulletin_state(said: str) -> BulletinState:
    """A bulletin's state from either of its words. Raises UsageError."""
    return BulletinState(_word(said, {str(one): word for one, word in BULLETIN_STATES.items()}, "--state") or said)


def day(said: str | None, where: str) -> str | None:
    """A day `YYYY-MM-DD`. Raises UsageError."""
    if said is None:
        return None
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError as error:
        raise UsageError(f"“{said}”不是日期", where=where, fix="请写成 2026-11-23 的样子") from error


def state_word(state: str | None) -> str:
    """An item's state as the screen calls it."""
    return STATES[State(state)] if state in set(State) else {"purged": "已清除"}.get(state or "", state or "")


def bulletin_state_word(state: str) -> str:
    """A bulletin's state as the screen calls it."""
    return BULLETIN_STATES[BulletinState(state)]
