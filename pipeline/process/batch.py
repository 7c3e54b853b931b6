"""A batch up to its transaction: steps that read one record alone, look-ups (one query a batch), the steps
that see other records. Nothing is written here but the worker's own cache of bands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.bands import BandIndex, among
from pipeline.clock import Clock
from pipeline.ports.store import Session, Store
from pipeline.process.topology import Early, Prepared, finish
from pipeline.records.items import Cleaned, Deduped, Failed, Item, Read, Rejected, Signature
from pipeline.records.messages import Delivered, Place
from pipeline.rules import Rules
from pipeline.steps import dedup

TAIL = 10_000  # signatures read from the store at a time
COPIES = 8  # exact copies compared; one edge already joins the cluster they are in


@dataclass(frozen=True, slots=True)
class Blank:
    """A message whose payload was removed; its key still names the item."""

    delivered: Delivered


@dataclass(frozen=True, slots=True)
class Repeated:
    """A message that says nothing new: its id was processed, or its content is the newest revision's."""

    prepared: Prepared


Settled = Read | Rejected | Failed | Repeated | Blank


@dataclass(frozen=True, slots=True)
class Batch:
    """What the transaction needs: every message's outcome in order, and how far the look-ups saw."""

    outcomes: tuple[Settled, ...]
    seen_seq: int  # signatures above it were not compared yet
    delivered: tuple[Delivered, ...]
    replays: bool = False  # its messages have their rows in the ledger

    def part(self, start: int, end: int) -> Batch:
        """Messages start … end - 1 of it, as a batch of their own."""
        return replace(self, outcomes=self.outcomes[start:end], delivered=self.delivered[start:end])

    def seen(self, last: int) -> Batch:
        """The same, when what was signed up to `last` was compared too: by its look-ups, or within it."""
        return replace(self, seen_seq=max(self.seen_seq, last))


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a batch is worked with."""

    store: Store
    bands: BandIndex
    rules: Rules
    clock: Clock
    prepare: Callable[[Sequence[Delivered]], list[Early]]


def assemble(delivered: Sequence[Delivered], shop: Workshop, *, replays: bool = False) -> Batch:
    """Run a batch through every step. Raises Transient and Broken as the store does."""
    whole = [one for one in delivered if one.value]
    early = dict(zip((one.place for one in whole), shop.prepare(whole), strict=True))
    prepared = [one for one in early.values() if isinstance(one, Prepared)]
    with shop.store.reading() as session:
        repeated, leading = _repeated(prepared, session, replays=replays)
        fresh = [one for one in prepared if one.cleaned.place in leading]
        shop.bands.catch_up(session.items.signatures)
        candidates = _candidates(fresh, shop.bands, session)
        texts = session.items.texts(sorted({item for some in candidates for item in some}))
    texts = {**texts, **{one.cleaned.item: one.cleaned.text for one in fresh}}
    found = dedup.dedup([one.cleaned for one in fresh], [one.signature for one in fresh], candidates, texts)
    # What an item does not say last is kept as its history and compared with nothing.
    past = [one for one in prepared if one.cleaned.place not in repeated | leading]
    found += [Deduped(one.signature) for one in past]
    reads = finish(list(zip([*fresh, *past], found, strict=True)), shop.rules, shop.clock())
    whole_reads = {read.cleaned.place: read for read in reads}
    outcomes = (_settled(one, early, whole_reads) for one in delivered)
    return Batch(tuple(outcomes), shop.bands.last, tuple(delivered), replays)


def _settled(one: Delivered, early: Mapping[Place, Early], reads: Mapping[Place, Read]) -> Settled:
    if not one.value:
        return Blank(one)
    outcome = early[one.place]
    if isinstance(outcome, Prepared):
        return reads.get(one.place) or Repeated(outcome)
    return outcome


def _repeated(prepared: Sequence[Prepared], session: Session, *, replays: bool) -> tuple[set[Place], set[Place]]:
    # A first look, so that steps are not wasted; the transaction looks again under its lock.
    seen = set() if replays else session.ledger.seen([one.cleaned.message_id for one in prepared])
    known = session.items.by_ids(sorted({one.cleaned.item for one in prepared}))
    new: list[Cleaned] = []
    for one in prepared:
        if one.cleaned.message_id not in seen:
            new.append(one.cleaned)
        seen.add(one.cleaned.message_id)
    leading = leaders(new, known)
    repeated = {one.cleaned.place for one in prepared} - leading.keys()
    return repeated, {place for place, leads in leading.items() if leads}


def leaders(cleaned: Iterable[Cleaned], known: Mapping[str, Item]) -> dict[Place, bool]:
    """Those that say something new, and whether each is what its item says last (DESIGN 12)."""
    newest = {name: (place_of(item), item.content) for name, item in known.items()}
    last: dict[str, Place] = {}
    said: list[Place] = []
    for one in cleaned:
        place, content = newest.get(one.item, (("", ""), None))
        if one.content == content:
            continue
        said.append(one.place)
        if (own := place_of(one)) >= place:
            newest[one.item], last[one.item] = (own, one.content), one.place
    leading = set(last.values())
    return {place: place in leading for place in said}


def _candidates(fresh: Sequence[Prepared], bands: BandIndex, session: Session) -> list[list[str]]:
    """For each, the items that may be its twins: by bands, by exact text, and within this batch."""
    signatures = [one.signature for one in fresh]
    by_bands = bands.look_up(signatures)
    named = session.items.by_seqs(sorted({seq for some in by_bands for seq in some}))
    exact = session.items.by_exact(sorted({one.exact for one in signatures}))
    first = _firsts(signatures)
    return [
        _others(
            signature.item,
            (named[seq].item for seq in seqs if seq in named),
            exact.get(signature.exact, ())[:COPIES],
            near,
            (first[signature.exact],),
        )
        for signature, seqs, near in zip(signatures, by_bands, among(signatures, signatures), strict=True)
    ]


def _firsts(signatures: Sequence[Signature]) -> dict[str, str]:
    # A thousand copies in one batch make a star round the first, not a million pairs.
    return {one.exact: one.item for one in reversed(signatures)}


def _others(own: str, *groups: Iterable[str]) -> list[str]:
    return sorted({item for group in groups for item in group} - {own})


def unseen(batch: Batch, session: Session, known: Mapping[str, Item]) -> list[Read]:
    """The batch's reads with the pairs that signatures newer than its look-up bring, found under the lock; a twin
    that was revised meanwhile is compared as it is now."""
    reads = [one for one in batch.outcomes if isinstance(one, Read)]
    newer = _newer(session, batch.seen_seq) if reads else []
    leading = {place for place, leads in leaders([one.cleaned for one in reads], known).items() if leads}
    first = [read for read in reads if read.cleaned.place in leading]
    if not newer or not first:
        return reads
    moved = {one.item for one in newer}
    near = among([read.deduped.signature for read in first], newer)
    wanted = [sorted({*some, *(_ends(read) & moved)}) for read, some in zip(first, near, strict=True)]
    if not any(wanted):
        return reads
    texts = session.items.texts(sorted({item for some in wanted for item in some}))
    texts = {**texts, **{read.cleaned.item: read.cleaned.text for read in first}}
    found = dedup.dedup([read.cleaned for read in first], [read.deduped.signature for read in first], wanted, texts)
    return [_joined(read, more, moved) for read, more in zip(first, found, strict=True)]


def _newer(session: Session, seen: int) -> list[Signature]:
    newer: list[Signature] = []
    while page := session.items.signatures(newer[-1].seq if newer else seen, TAIL):
        newer += page
        if len(page) < TAIL:
            break
    return newer


def _ends(read: Read) -> set[str]:
    return {end for pair in read.deduped.pairs for end in (pair.a, pair.b)} - {read.cleaned.item}


def _joined(read: Read, more: Deduped, moved: Collection[str]) -> Read:
    own = read.cleaned.item
    still = [pair for pair in read.deduped.pairs if (pair.b if pair.a == own else pair.a) not in moved]
    pairs = {(pair.a, pair.b): pair for pair in (*still, *more.pairs)}
    return replace(read, deduped=replace(read.deduped, pairs=tuple(pairs.values())))


def place_of(one: Item | Cleaned) -> tuple[str, str]:
    """What orders revisions of one item: time received, then place on the bus."""
    if isinstance(one, Item):
        return one.revision_received_at, one.revision_place
    place = one.place
    return one.received_at, f"{place.topic}/{place.partition:05d}/{place.offset:020d}"
