"""Ids: of items, messages, contents and URLs. Pure; the same input gives the same id on every machine."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

ID_LENGTH = 20
# base32 by two letters at a time, a third of the time that `base64` takes, four times an item.
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(one + two for one in _BASE32 for two in _BASE32)
URL_RULES_VERSION = 1
_COMMON_MARKS = re.compile(r"""[\s，。、：；！？“”‘’（）《》【】…—·,.:;!?()"'-]+""")
_ALL_MARKS = re.compile(r"[\W_]+")
# Parameters that name a visit, never a page.
TRACKING = frozenset(
    {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "spm", "from", "share_token"}
)
# A receipt is read out on the telephone: no 0/O, 1/I/L.
RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def digest(*parts: str | bytes) -> str:
    """First 20 characters of base32(sha256(parts joined by NUL)), lower case."""
    joined = b"\0".join([part.encode() if isinstance(part, str) else part for part in parts])
    bits = int.from_bytes(hashlib.sha256(joined).digest()[:13]) >> 4  # 13 bytes hold the 100 bits and 4 more
    return "".join([_PAIRS[bits >> place & 1023] for place in range(90, -1, -10)])


def item_id(source: str, origin: str) -> str:
    """The id of the item that `origin` (see CONTRACT, Id) names within `source`."""
    return digest(source, origin)


def fetch_id(source: str, url: str, body: bytes, since: str) -> str:
    """The message id of one fetch; `since` is when the crawler last noted the page, empty at first. A fetch that
    was published, but not noted before a death, is made again: it is the same message then."""
    return "f-" + digest(source, url, body, since)


Receipts = Callable[[], str]


def new_receipt() -> str:
    """A receipt of 12 letters and digits that can be read out, 59 bits of chance."""
    return "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(12))


def file_name(content: bytes) -> str:
    """The content address (sha256, hex) under which `files` keeps a content."""
    return hashlib.sha256(content).hexdigest()


def content_hash(title: str | None, text: str) -> str:
    """Equal for two cleaned contents that say the same to the letter."""
    return digest(title or "", text)


def normalised(text: str) -> str:
    """Letters, digits and Han only, NFKC, lower case: what `exact` compares."""
    text = _COMMON_MARKS.sub("", text)  # first: most texts are NFKC without them, which spares the second walk
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = text.lower()
    return text if text.isalnum() else _ALL_MARKS.sub("", text)


def exact_hash(text: str) -> str:
    """Equal for two texts that differ in spaces, punctuation, width and case alone."""
    return digest(normalised(text))


def canonical_url(url: str) -> str:
    """A page's origin key, rules version 1: lower-case host, no fragment, no default port, no tracking
    parameters, parameters kept in order, an empty path as `/`."""
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    port = f":{parts.port}" if parts.port and parts.port != default else ""
    # Split by hand: decoding would tear the GBK escapes that many government sites still use.
    query = "&".join(part for part in parts.query.split("&") if part.partition("=")[0] not in TRACKING)
    return urlunsplit((parts.scheme.lower(), host + port, parts.path or "/", query, ""))
