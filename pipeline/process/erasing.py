"""Pages with a mark of secrecy (OFFICE 21) and messages of what was purged (OFFICE 22) are removed from bus and
files, after the books have them.

The batch's transaction notes what it decided so; the removal follows its commit, and a worker that begins takes
up what a death left. Removed before the commit, a crash in between would leave a blank of which nobody could tell
source and reason. Contents in files that are not to go are noted as their items', so that a later purge finds them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

import orjson

from pipeline.errors import MinyiError
from pipeline.ports.bus import Bus
from pipeline.ports.files import Files
from pipeline.ports.store import Session, Store
from pipeline.process.batch import Batch
from pipeline.records.items import Rejected
from pipeline.records.messages import Crawled, Delivered, Place, decode

NOTE = "process.to_erase"
BODY_FILE = b'"body_file"'


@dataclass(frozen=True, slots=True)
class Owed:
    """One message to blank, and the file that holds its page when it was too large for a message."""

    place: Place
    file: str | None = None


def owe(session: Session, batch: Batch, purged: Collection[Place]) -> None:
    """Note, in the batch's transaction, what its commit makes due."""
    marked = {one.place for one in batch.outcomes if isinstance(one, Rejected) and one.erase}.union(purged)
    session.contents.hold(_pages(one for one in batch.delivered if one.place not in marked))
    if marked:
        gone = [one for one in batch.delivered if one.place in marked]
        for item, file in _pages(gone):
            session.contents.release(item, file)
        _write(session, [*_read(session), *(Owed(one.place, _file_of(one.value)) for one in gone)])


def _pages(delivered: Iterable[Delivered]) -> list[tuple[str, str]]:
    """(item, file) of the pages that lie in files. Looked for in the bytes first: few messages name one."""
    named = ((one.key, _file_of(one.value)) for one in delivered if BODY_FILE in one.value)
    return [(item, file) for item, file in named if file]


def erase(store: Store, bus: Bus, files: Files) -> int:
    """Remove what is due; how many messages. Harmless by several workers at once and when repeated."""
    with store.reading() as session:
        due = _read(session)
        # A text that another submission has too stays for it, and below a page that another item has.
        kept = {one.file for one in due if one.file and session.arrivals.refers(one.file)}
    if not due:
        return 0
    for one in due:
        # Of a bus that is gone nothing is left to remove.
        if bus.bus_id(one.place.topic) == one.place.bus:
            bus.blank(one.place)
    for file in {one.file for one in due if one.file} - kept:
        files.has(file)  # a place that is away or frozen is told before the lock is taken
    with store.writing() as session:
        # Under the lock: who else has this content notes it there before putting the content.
        for file in sorted({one.file for one in due if one.file} - kept):
            if not session.contents.refers(file):
                files.remove(file)
        _write(session, [one for one in _read(session) if one not in due])
    return len(due)


def _file_of(value: bytes) -> str | None:
    try:
        message = decode(value)
    except MinyiError:
        return None
    return message.body_file if isinstance(message, Crawled) else message.text_file


def _read(session: Session) -> list[Owed]:
    noted: Iterable[dict[str, str]] = orjson.loads(session.registry.note(NOTE) or "[]")
    return [Owed(Place(**one["place"]), one["file"]) for one in noted]  # type: ignore[arg-type]


def _write(session: Session, due: Sequence[Owed]) -> None:
    session.registry.set_note(NOTE, orjson.dumps([asdict(one) for one in due]).decode() if due else None)
