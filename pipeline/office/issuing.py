"""Issuing (rules 17, 18): trial render, then a short transaction gives the number and freezes the content, then
the files are made outside of it. What a crash leaves in `issuing` is taken up again by `finish`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.desk import bulletins as drafts
from pipeline.desk.moves import opinion_of, person
from pipeline.desk.numbering import before_first, printed_number, year_warning
from pipeline.desk.signing import frozen, numbered, text_hash, thawed
from pipeline.desk.states import BULLETIN_STATES, OPEN
from pipeline.documents import FORMATS
from pipeline.documents.names import file_name
from pipeline.errors import MinyiError, NotAllowed, Transient, UsageError
from pipeline.office.context import Office, desk_of, load_bulletin, save
from pipeline.office.moving import RESIGN, changed, stepped
from pipeline.office.shows import Done, material, shown_of
from pipeline.ports.desk import Act, BulletinRow, Desk, FileRow, NumberRow, SignatureRow
from pipeline.ports.store import Session
from pipeline.records.bulletins import Bulletin
from pipeline.records.names import BulletinState
from pipeline.rules.series import Series


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to hand out: its name (OFFICE 26), bytes, and what the renderer warned of."""

    name: str
    content: bytes
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A signed bulletin that passed its trial."""

    row: BulletinRow
    content: Bulletin
    signature: SignatureRow
    warnings: tuple[str, ...]


def issue(office: Office, key: str, *, by: str, opinion: str | None = None) -> Done:
    """印发. Raises NotAllowed before a number is used (state, text changed since signing, trial failed, numbers
    not confirmed after a restore); Transient when the number is given and the files are still to be made:
    the same call goes on from there."""
    who = person(by)
    opinion = opinion_of(opinion, needed=False, act="印发")
    ready = _prepare(office, key, who)
    if ready is None:
        return finish(office, key)
    row, warnings = _give_number(office, ready, who, opinion)
    try:
        done = finish(office, key)
    except MinyiError as error:
        raise Transient(
            f"{_printed(row, office)}期号已定，文件没有做成：{error.what}",
            where=error.where,
            fix=f"处理后再执行一次印发即可接着做，不会另占期号。{error.fix or ''}".strip(),
        ) from error
    return replace(done, warnings=tuple(dict.fromkeys((*ready.warnings, *warnings, *done.warnings))))


def finish(office: Office, key: str) -> Done:
    """Make the files of a bulletin in `issuing` and mark it issued. Repeatable, by several at once; the first to
    end decides whose bytes are kept. It completes the issuer's act and stands under his name."""
    with office.store.reading() as session:
        row = load_bulletin(session, key)
        if row.state is BulletinState.ISSUED:
            return Done(shown_of(office, session, [row])[0])
    drafts.checked("finish", row)
    content = thawed(row.content or "")
    files, warnings = _made(office, content)
    with office.writing() as session:
        now = load_bulletin(session, key)
        if now.state is not BulletinState.ISSUED:
            drafts.checked("finish", now)
            desk_of(session).add_files(files)
            by = _issuer(desk_of(session), key)
            now = stepped(office, session, now, drafts.put(now, BulletinState.ISSUED), "finish", by)
        return Done(shown_of(office, session, [now])[0], warnings)


def finish_all(office: Office) -> list[Done]:
    """What crashes left in `issuing`, finished: for start-up and maintenance."""
    with office.store.reading() as session:
        rows = desk_of(session).bulletins_in(states=[BulletinState.ISSUING])
    return [finish(office, row.id) for row in rows]


def export(office: Office, key: str, form: str) -> Exported:
    """The stored bytes of an issued bulletin, a 送审稿 before. Raises Transient (制作中) between the two."""
    if form not in FORMATS:
        raise UsageError(f"没有“{form}”这种格式", where="--format", fix=f"可写：{'、'.join(FORMATS)}")
    with office.store.reading() as session:
        row = load_bulletin(session, key)
        stored = next((one for one in desk_of(session).files([key]).get(key, []) if one.format == form), None)
        content = material(office, session, row) if row.state in OPEN else None
    if content:
        rendered = office.render(content, form)
        return Exported(file_name(content, form), rendered.content, rendered.warnings)
    if row.state is BulletinState.ISSUING:
        raise Transient("制作中：期号已定，文件还没有做好", where=key, fix="请稍后再导出，或再执行一次印发")
    if not stored:
        raise NotAllowed(f"本期{BULLETIN_STATES[row.state]}，没有可导出的文件", where=key)
    return Exported(stored.name, office.files.get(stored.content))


def _prepare(office: Office, key: str, who: str) -> _Ready | None:
    """The bulletin ready for its number; None when it has one already and its files are due."""
    with office.store.reading() as session:
        row = load_bulletin(session, key)
        if row.state is BulletinState.ISSUING:
            return None
        drafts.checked("issue", row)
        content = material(office, session, row)
        signature = next((one for one in desk_of(session).signatures(key) if one.valid and one.kind == "sign"), None)
    if signature is None or signature.hash != text_hash(content):
        _unsign(office, key, who)
        raise NotAllowed(RESIGN, where=key, fix="稿件、报头或单位规则在签发后变了，请核对后重新签发")
    return _Ready(row, content, signature, _trial(office, content))


def _unsign(office: Office, key: str, who: str) -> None:
    with office.writing() as session:
        old = load_bulletin(session, key)
        if old.state is BulletinState.SIGNED:
            changed(office, session, old, drafts.touched(old), "edit", who, details={"why": "内容与签发时不一致"})


def _trial(office: Office, content: Bulletin) -> tuple[str, ...]:
    """Render every format once with 「第　期」."""
    try:
        return tuple(warning for form in FORMATS for warning in office.render(content, form).warnings)
    except MinyiError as error:
        raise NotAllowed(
            f"试排没有通过，未占用期号：{error.what}", where=error.where, fix=error.fix or "请处理后再印发"
        ) from error


def _give_number(office: Office, ready: _Ready, who: str, opinion: str | None) -> tuple[BulletinRow, tuple[str, ...]]:
    """The short transaction: number, frozen content, state `issuing`."""
    series = drafts.series_of(ready.row, office.series)
    with office.store.writing() as session:
        day = office.today()
        given = _numbered(office, session, ready.row, series, day.year)
        content = numbered(ready.content, number=given.number, running=given.running, year=given.year, issued_on=day)
        row = replace(
            drafts.put(ready.row, BulletinState.ISSUING),
            number=given.number,
            running=given.running,
            year=given.year,
            issued_on=day.isoformat(),
            masthead=content.masthead.version,
            content=frozen(content),
        )
        save(session, row)
        desk_of(session).register([given])
        _note_issue(office, session, row, who, opinion)
    warning = year_warning(ready.signature.signed_on, day)
    return row, (warning,) if warning else ()


def _note_issue(office: Office, session: Session, row: BulletinRow, who: str, opinion: str | None) -> None:
    states = {"before": str(BulletinState.SIGNED), "after": str(row.state)}
    details = {"number": row.number, "running": row.running, "year": row.year}
    act = Act("bulletin", row.id, "issue", who, "editor", office.now(), opinion, details=details, **states)
    desk_of(session).record([act])


def _numbered(office: Office, session: Session, row: BulletinRow, series: Series, year: int) -> NumberRow:
    desk = desk_of(session)
    if row.corrects:
        first = load_bulletin(session, row.corrects)
        drafts.checked("correct", first)
        number, running, year = first.number or 0, first.running or 0, first.year or year
    else:
        confirmed(desk, series)
        desk.ensure_counters(series.name, year, *before_first(series, year))
        number, running = desk.take(series.name, year)
    return NumberRow(series.name, year, number, running, row.edition, office.now(), bulletin=row.id)


def confirmed(desk: Desk, series: Series) -> None:
    """Raises NotAllowed while a restore's hold waits for the series' last printed number."""
    if hold := desk.held(series.name):
        raise NotAllowed(
            f"“{series.name}”暂停给号：{hold.why}",
            fix="请查最后印出的一期，用 minyi series confirm 核对期号后再印发",
        )


def _made(office: Office, content: Bulletin) -> tuple[list[FileRow], tuple[str, ...]]:
    files: list[FileRow] = []
    warnings: list[str] = []
    for form in FORMATS:
        rendered = office.render(content, form)
        warnings += rendered.warnings
        name = office.files.put(rendered.content)
        size = len(rendered.content)
        files.append(FileRow(content.id, form, name, file_name(content, form), size, office.now()))
    return files, tuple(dict.fromkeys(warnings))


def _issuer(desk: Desk, key: str) -> str:
    return next(row.act.actor for row in reversed(desk.acts("bulletin", key)) if row.act.act == "issue")


def _printed(row: BulletinRow, office: Office) -> str:
    series = drafts.series_of(row, office.series)
    return printed_number(row.number or 0, row.running or 0, print_running=series.print_running)
