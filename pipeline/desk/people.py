"""Who may approve and sign: roles, proxies, and each step of the chain by somebody else (编审分离).

A role that lists nobody takes the name as it is said and the history notes it, so that an office of two can
begin at once; a role that lists people refuses everybody else but a proxy on his dates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from pipeline.errors import NotAllowed, UsageError
from pipeline.ports.desk import Act, BulletinRow, Edit, SignatureRow
from pipeline.records.names import BulletinState
from pipeline.rules.series import Series

UNLISTED = "未设人员名单，按所报姓名登记"
SAME_PERSON = "同一人编审"
SOMEBODY_ELSE = (
    "请换人办理；只有一两个人的单位，可在刊物规则 series.yaml 中写 separate: false 关闭编审分离（网页重新启动后生效）"
)
# The acts of the chain's first role.
WRITING = frozenset({"draft", "add", "remove", "order", "rewrite", "correct", "submit"})


@dataclass(frozen=True, slots=True)
class Standing:
    """As what somebody acts. `notes` go into the history."""

    role: str
    name: str
    proxy_for: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hands:
    """Whose hands a bulletin has been through: those who wrote it, and (role, name) of each approval that stands."""

    wrote: frozenset[str]
    approved: tuple[tuple[str, str], ...] = ()


def next_approver(series: Series, signatures: Iterable[SignatureRow]) -> str | None:
    """The role whose approval comes next; None when all have approved."""
    done = {row.role for row in signatures if row.valid and row.kind == "approve"}
    return next((role for role in series.approvers if role not in done), None)


def due_role(series: Series, bulletin: BulletinRow, signatures: Iterable[SignatureRow]) -> str | None:
    """The role whose turn it is; None where nobody is waited for. Where the chain lost its approvers since, the
    signer passes the bulletin on to himself."""
    if bulletin.state is BulletinState.TO_APPROVE:
        return next_approver(series, signatures) or series.signer
    return series.signer if bulletin.state is BulletinState.TO_SIGN else None


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
        listed = "、".join(f"{series.title_of(one)}（{one}）" for one in series.roles)
        raise UsageError(f"没有“{role}”这个职务", where="--role", fix=f"可写：{listed}")
    raise NotAllowed(f"现在轮到{series.title_of(due)}办理，不是{role}")


def hands_on(
    bulletin: BulletinRow, edits: Iterable[Edit], acts: Iterable[Act], signatures: Iterable[SignatureRow]
) -> Hands:
    """Who drafted, changed or handed on what the bulletin prints, and whose approvals stand."""
    own = {article.by for article in bulletin.articles if article.by}
    acted = {act.actor for act in acts if act.act in WRITING}
    wrote = {bulletin.drafted_by, *own, *acted, *(edit.by for edit in edits)}
    approved = tuple((row.role, _plain(row.name)) for row in signatures if row.valid and row.kind == "approve")
    return Hands(frozenset(map(_plain, wrote)), approved)


def apart(series: Series, who: Standing, hands: Hands) -> Standing:
    """The standing, marked when the same person acted in an earlier role of the chain. Raises NotAllowed where the
    series keeps them apart."""
    before = _acted_before(series, who, hands)
    if before is None:
        return who
    if series.separate:
        raise NotAllowed(
            f"{who.name}{before}，按编审分离不能再以{series.title_of(who.role)}的身份办理", fix=SOMEBODY_ELSE
        )
    return replace(who, notes=(*who.notes, SAME_PERSON))


def _acted_before(series: Series, who: Standing, hands: Hands) -> str | None:
    name = _plain(who.name)
    if name in hands.wrote:
        return "起草、改过或送审过本期文稿"
    role = next((role for role, approver in hands.approved if approver == name and role != who.role), None)
    return f"已以{series.title_of(role)}的身份审核过本期" if role else None


def _plain(name: str) -> str:
    # Two characters are often written with a blank between them.
    return name.replace(" ", "")
