"""A batch up to its transaction: steps that read one record alone, look-ups (one query a batch), the steps
that see other records. Nothing is written here but the worker's own cache of bands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.bands import BandIndex, among
from pipeline.clock import Clock
from pipeline.ports.store import Session, Store
from pipeline.process.topology import Early, Prepared, finish
from pipeline.records.items import Deduped, Failed, Item, Read, Rejected, Signature
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
    compared: frozenset[str] = frozenset()  # items looked up together: their signatures are no news to each other

    def part(self, start: int, end: int) -> Batch:
        """Messages start … end - 1 of it, as a batch of their own."""
        return replace(self, outcomes=self.outcomes[start:end], delivered=self.delivered[start:end])


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
        repeated = _repeated(prepared, session, replays=replays)
        fresh = [one for one in prepared if one.cleaned.place not in repeated]
        shop.bands.catch_up(session.items.signatures)
        candidates = _candidates(fresh, shop.bands, session)
        texts = session.items.texts(sorted({item for some in candidates for item in some}))
    texts = {**texts, **{one.cleaned.item: one.cleaned.text for one in fresh}}
    found = dedup.dedup([one.cleaned for one in fresh], [one.signature for one in fresh], candidates, texts)
    items = frozenset(one.cleaned.item for one in fresh)
    reads = finish(list(zip(fresh, found, strict=True)), shop.rules, shop.clock())
    whole_reads = {read.cleaned.place: read for read in reads}
    outcomes = (_settled(one, early, whole_reads) for one in delivered)
    return Batch(tuple(outcomes), shop.bands.last, tuple(delivered), replays, items)


def _settled(one: Delivered, early: Mapping[Place, Early], reads: Mapping[Place, Read]) -> Settled:
    if not one.value:
        return Blank(one)
    outcome = early[one.place]
    if isinstance(outcome, Prepared):
        return reads.get(one.place) or Repeated(outcome)
    return outcome


def _repeated(prepared: Sequence[Prepared], session: Session, *, replays: bool) -> set[Place]:
    # A first look, so that steps are not wasted; the transaction looks again under its lock.
    seen = set() if replays else session.ledger.seen([one.cleaned.message_id for one in prepared])
    known = session.items.by_ids(sorted({one.cleaned.item for one in prepared}))
    places: set[Place] = set()
    newest = {item: row.content for item, row in known.items()}
    for one in prepared:
        cleaned = one.cleaned
        if cleaned.message_id in seen or newest.get(cleaned.item) == cleaned.content:
            places.add(cleaned.place)
        newest[cleaned.item] = cleaned.content
        seen.add(cleaned.message_id)
    return places


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


def unseen(batch: Batch, session: Session) -> list[Read]:
    """The batch's reads with the pairs that signatures newer than its look-up bring, found under the lock."""
    reads = [one for one in batch.outcomes if isinstance(one, Read)]
    newer = [one for one in session.items.signatures(batch.seen_seq, TAIL) if one.item not in batch.compared]
    if not newer or not reads:
        return reads
    near = among([read.deduped.signature for read in reads], newer)
    if not any(near):
        return reads
    texts = session.items.texts(sorted({item for some in near for item in some}))
    texts = {**texts, **{read.cleaned.item: read.cleaned.text for read in reads}}
    found = dedup.dedup([read.cleaned for read in reads], [read.deduped.signature for read in reads], near, texts)
    return [_joined(read, more) for read, more in zip(reads, found, strict=True)]


def _joined(read: Read, more: Deduped) -> Read:
    pairs = {(pair.a, pair.b): pair for pair in (*read.deduped.pairs, *more.pairs)}
    return replace(read, deduped=replace(read.deduped, pairs=tuple(pairs.values())))


def place_of(item: Item | Read) -> tuple[str, str]:
    """What orders revisions of one item: time received, then place on the bus."""
    if isinstance(item, Item):
        return item.revision_received_at, item.revision_place
    place = item.cleaned.place
    return item.cleaned.received_at, f"{place.topic}/{place.partition:05d}/{place.offset:020d}"
