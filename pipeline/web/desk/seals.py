"""Seals: what the browser keeps for us cannot be made by anybody else. Cookie values in and out, no requests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Any

import orjson

from pipeline.ports.store import Store

NOTE = "desk.key"


def key_in(store: Store) -> bytes:
    """The installation's key, made at first use."""
    with store.reading() as session:
        found = session.registry.note(NOTE)
    if found is None:
        with store.writing() as session:
            found = session.registry.note(NOTE) or secrets.token_hex(32)
            session.registry.set_note(NOTE, found)
    return bytes.fromhex(found)


def sealed(key: bytes, purpose: str, value: Any) -> str:
    """A value as text that `opened` alone reads, for this purpose alone."""
    body = base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")
    return f"{body}.{mark(key, purpose, body)}"


def opened(key: bytes, purpose: str, text: str) -> Any:
    """The value; None for a text that is not ours."""
    body, _, given = text.partition(".")
    if not hmac.compare_digest(mark(key, purpose, body).encode(), given.encode("utf-8", "ignore")):
        return None
    try:
        return orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error):
        return None


def mark(key: bytes, purpose: str, text: str) -> str:
    """The keyed hash of a text."""
    return hmac.new(key, f"{purpose}\0{text}".encode("utf-8", "ignore"), hashlib.sha256).hexdigest()
