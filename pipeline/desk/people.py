"""Who may approve and sign: roles, proxies, and writing kept apart from approving.

A role that lists nobody takes the name as it is said and the history notes it, so that an office of two can
begin at once; a role that lists people refuses everybody else but a proxy on his dates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipeline.errors import NotAllowed, UsageError
from pipeline.ports.desk import BulletinRow, Edit, SignatureRow
from pipeline.rules.series import Series

UNLISTED = "未设人员名单，按所报姓名登记"
SAME_PERSON = "同一人编审"


@dataclass(frozen=True, slots=True)
class Standing:
    """As what somebody acts. `notes` go into the history."""

    role: str
    name: str
    proxy_for: str | None = None
    notes: tuple[str, ...] = ()


def next_approver(series: Series, signatures: Iterable[SignatureRow]) -> str | None:
    """The role whose approval comes next; None when all have approved."""
    done = {row.role for row in signatures if row.valid and row.kind == "approve"}
    return next((role for role in series.approvers if role not in done), None)


def standing(series: Series, role: str, name: str, day: date) -> Standing:
    """As what `name` acts in `role` on that day. Raises NotAllowed for a person who may not."""
    listed = series.people.get(role, ())
    if name in listed:
        return Standing(role, name)
    for proxy in series.proxies:
        if proxy.role == role and proxy.name == name and proxy.since <= day <= proxy.until:
            return Standing(role, name, proxy_for=proxy.stands_for)
    if not listed:
        return Standing(role, name, notes=(UNLISTED,))
    title = series.title_of(role)
    raise NotAllowed(
        f"{name}不是“{series.name}”的{title}，也不在代签期内",
        fix=f"{title}：{'、'.join(listed)}。名单在 series.yaml 中",
    )


def expected(series: Series, role: str | None, due: str) -> str:
    """The role that is due, if the one named (or none) is it. Raises UsageError or NotAllowed."""
    if role is None or role == due or role == series.title_of(due):
        return due
    if role not in {*series.roles, *map(series.title_of, series.roles)}:
        raise UsageError(f"没有“{role}”这个职务", where="--role", fix=f"可写：{'、'.join(series.roles)}")
    raise NotAllowed(f"现在轮到{series.title_of(due)}办理，不是{role}")


def writers(bulletin: BulletinRow, edits: Iterable[Edit]) -> frozenset[str]:
    """Who wrote what the bulletin prints: its drafter, its texts' editors."""
    own = {article.by for article in bulletin.articles if article.by}
    return frozenset({bulletin.drafted_by, *own, *(edit.by for edit in edits)})


def apart(series: Series, who: Standing, wrote: frozenset[str]) -> Standing:
    """The standing, marked when a writer approves or signs. Raises NotAllowed where the series keeps them apart."""
    if who.name not in wrote:
        return who
    if series.separate:
        raise NotAllowed(
            f"{who.name}起草或改过本期文稿，按编审分离不能审核或签发",
            fix="请由他人办理；只有一两个人的单位可在 series.yaml 中把 separate 设为 false",
        )
    return Standing(who.role, who.name, who.proxy_for, (*who.notes, SAME_PERSON))
