"""Items as the steps make them and the store keeps them. Frozen values; a change is a new value.

An item is a matter from one origin. Its origin's cleaned text is a revision; what the steps make of a
revision is a reading; the desk's text is an edit (a second track). Offsets are code points, half open.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.records.messages import Place
from pipeline.records.names import Kind, Outcome, Similarity, State, Step


@dataclass(frozen=True, slots=True)
class Repair:
    """One change made to a text: at code point `at`, `before` became `after`, because `why`."""

    at: int
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Personal:
    """Personal data in a text: `kind` is identity, credit_code, mobile, landline, bank_card, plate, email, address,
    name, passport, permit (to and from Hong Kong, Macao and Taiwan; an officer's) or account (QQ, WeChat); `valid`
    says whether its checksum holds (None: it has none)."""

    kind: str
    start: int
    end: int
    valid: bool | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """clean's output: one message read into text. `content` is the hash that tells revisions apart."""

    place: Place
    message_id: str
    item: str
    kind: Kind
    source: str
    origin: str
    received_at: str
    title: str
    text: str
    content: str  # identity.content_hash(title, text)
    exact: str  # identity.exact_hash(text)
    charset: str | None = None
    confidence: float = 1.0
    published_at: str | None = None
    author: str | None = None
    page_source: str | None = None  # 来源 as the page names it
    reply: str | None = None  # the office's, on a message board
    url: str | None = None
    region: str | None = None  # the source's own, from the catalogue
    receipt: str | None = None
    channel: str | None = None
    unit: str | None = None
    sector: str | None = None
    party: str | None = None
    urgent: bool = False  # declared so by the submitter
    named: bool = False  # consents to be named in print
    repairs: tuple[Repair, ...] = ()
    personal: tuple[Personal, ...] = ()
    warnings: tuple[str, ...] = ()  # 商业秘密 in the text, …


@dataclass(frozen=True, slots=True)
class Rejected:
    """Read, but no item: no text, or a mark of secrecy on a crawled page (`erase`: its payload is removed)."""

    place: Place
    message_id: str
    item: str
    source: str
    received_at: str
    step: Step
    reason: str
    erase: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A step failed, or its confidence is too low for the index: set aside with reason and payload."""

    place: Place
    message_id: str
    item: str
    source: str
    received_at: str
    step: Step
    error: str  # class of the fault, groups the queue: low_confidence, unreadable, crash …
    reason: str  # Chinese sentence
    payload: bytes  # the message's value, so that replay needs no bus


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items compared: `a` < `b`; similarity 0 to 1; `by` is "machine" or the editor's name."""

    a: str
    b: str
    kind: Similarity
    similarity: float
    by: str = "machine"
    rules: int = 1  # version of the comparing rule


@dataclass(frozen=True, slots=True)
class Signature:
    """A document's near-duplicate signature: 32 band hashes as u32, packed; `seq` is given by the store."""

    item: str
    bands: bytes  # 128 bytes
    exact: str
    version: int
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Deduped:
    """dedup's output: the closest earlier document and every verified pair."""

    signature: Signature
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Classified:
    """classify's output; `domain` is always the best guess, `undecided` says how little it means."""

    domain: str
    topic: str | None
    confidence: float
    undecided: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """One place found: GB/T 2260 code of six digits; `at` is where in the text (None: from the source);
    `candidates` are the codes it may be when the name alone does not tell."""

    code: str | None
    name: str
    level: str  # province, city, county
    role: str  # event, source
    at: int | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One part of the score: value 0 to 1, weight in points, and why."""

    name: str
    value: float
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Scored:
    """score's output: 参考排序 0 to 100, its parts, and whether the matter is urgent. For editors only."""

    score: float
    parts: tuple[ScorePart, ...]
    urgent: bool


@dataclass(frozen=True, slots=True)
class Read:
    """One message through all steps: what the batch transaction writes as revision, reading and signature."""

    cleaned: Cleaned
    deduped: Deduped
    classified: Classified
    regions: tuple[Region, ...]
    scored: Scored
    rules: str  # version of the rules that decided
    run: str | None = None  # id of a rule-driven re-reading; `minyi undo` takes it back


@dataclass(frozen=True, slots=True)
class Item:
    """An item's row: what the batch looks up and writes. `version` rises with every change that shows."""

    id: str
    kind: Kind
    source: str
    origin: str
    state: State
    version: int
    received_at: str
    revision: int
    revision_received_at: str
    revision_place: str  # "topic/partition/offset" of the newest revision, orders equal times
    content: str
    cluster: str
    title: str
    url: str | None = None
    receipt: str | None = None
    bulletin: str | None = None
    tombstone: bool = False


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One message's row in the ledger. `version` is the item's version that this message led to."""

    place: Place
    day: str
    source: str
    message_id: str
    item: str | None
    version: int
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One message or document set aside. `state`: waiting, replayed, removed."""

    number: int
    place: Place
    item: str | None
    source: str
    received_at: str
    step: Step
    error: str
    reason: str
    program: str  # version of the program that gave up
    made_at: str
    state: str
    payload: bytes | None = None
    history: tuple[dict[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Balance:
    """The ledger's sums for one day and source (CONTRACT, `minyi ledger`)."""

    day: str
    source: str
    received: int
    indexed: int
    pending: int
    duplicate: int
    rejected: int
    quarantined: int
    purged: int


@dataclass(frozen=True, slots=True)
class Document:
    """What search holds of an item: no contact, no citizen's name, no author without consent (OFFICE 23)."""

    id: str
    version: int
    kind: str = ""
    origin: str = ""
    title: str = ""
    text: str = ""  # masked
    source: str = ""
    published_at: str | None = None
    received_at: str = ""
    day: str = ""
    state: str = ""
    domain: str | None = None
    topic: str | None = None
    regions: tuple[str, ...] = ()
    score: float = 0.0
    urgent: bool = False
    undecided: bool = False  # the machine's domain means little, and no editor has set one
    cluster: str = ""
    twin: bool = False  # another item leads its cluster
    bulletin: str | None = None
    author: str | None = None  # consented alone
    unit: str | None = None
    sector: str | None = None
    url: str | None = None
    tombstone: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What search said of one document: `conflict` is a newer version there, counts as done."""

    id: str
    version: int
    ok: bool
    reason: str | None = None  # of a refusal


@dataclass(frozen=True, slots=True)
class Query:
    """A search. `text` is matched as phrases of single characters; blanks separate phrases that all must match."""

    text: str = ""
    domain: str | None = None
    region: str | None = None  # code; a province's finds its counties
    state: str | None = None
    kind: str | None = None
    source: str | None = None
    since: str | None = None  # day
    until: str | None = None
    sort: str = "date"  # date (newest first), relevance
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit: the document and its highlights (snippets with 【】 around what matched)."""

    document: Document
    highlights: tuple[str, ...] = ()
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of hits; `total` is capped: 1000 with `capped` means 1000 or more."""

    hits: tuple[Hit, ...]
    total: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of doctor: part, whether it is well, what was found, what to do."""

    part: str
    ok: bool
    what: str
    fix: str | None = None
