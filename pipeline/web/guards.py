"""Guards around every request: size of the body, rate by client address, security headers. Plain ASGI: the
helper class of the framework costs a task and two queues a request."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.web.refusals import Fault, respond

# No outside host, no inline script; forms go to us alone.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # no-referrer would make browsers send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}
SUBMITTING = frozenset({"/api/submissions", "/submissions"})
LOOPBACK = frozenset({"127.0.0.1", "::1"})
# A name that a rebinding page cannot bear.
LOCAL_NAMES = LOOPBACK | {"localhost", "[::1]"}
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def passed_on(request: HTTPConnection) -> bool:
    """Whether a proxy sent it: its visitor's address is then what somebody wrote into a header."""
    return any(name in request.headers for name in FORWARDED)


@dataclass(frozen=True, slots=True)
class Bodies:
    """How large a request may be, in bytes: JSON, and forms with files."""

    json: int = 1_000_000
    form: int = 25_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one address may post: `burst` at once, then one every `seconds`. An office behind one address
    sends dozens in an afternoon; programs on this machine (`loopback`) are not counted."""

    burst: int = 60
    seconds: float = 2.0
    loopback: bool = False
    addresses: int = 10_000
    clock: Callable[[], float] = time.monotonic


class SecurityHeaders:
    """Adds the security headers; pages with people's words are not cached."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "public, max-age=3600" if static else "no-store")
            await send(message)

        await self.app(scope, receive, guarded)


class _TooLarge(Exception):
    pass


class BodyLimit:
    """Answers 413 to a body over its limit, by its announced length or as it comes."""

    def __init__(self, app: ASGIApp, bodies: Bodies) -> None:
        self.app = app
        self.bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"POST", "PUT", "PATCH"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self.bodies.json if "json" in headers.get("content-type", "") else self.bodies.form
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > limit:
            await _too_large(limit, scope, receive, send)
            return
        await self._counted(limit, scope, receive, send)

    async def _counted(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _TooLarge
            return message

        try:
            await self.app(scope, counting, send)
        except _TooLarge:
            await _too_large(limit, scope, receive, send)


async def _too_large(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    fault = Fault(413, None, f"内容超过 {limit // 1_000_000} MB", "请删去附件中的图片，或分成几份提交")
    await respond(scope, fault)(scope, receive, send)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass
class Buckets:
    """Token buckets by client address, the longest unused forgotten first."""

    rate: Rate
    kept: dict[str, _Bucket] = field(default_factory=dict)

    def wait(self, address: str) -> float:
        """Take a token: 0, or the seconds until there will be one."""
        now = self.rate.clock()
        bucket = self.kept.pop(address, None) or _Bucket(self.rate.burst, now)
        bucket.tokens = min(self.rate.burst, bucket.tokens + (now - bucket.at) / self.rate.seconds)
        bucket.at = now
        self.kept[address] = bucket
        if len(self.kept) > self.rate.addresses:
            self.kept.pop(next(iter(self.kept)))
        if bucket.tokens < 1:
            return (1 - bucket.tokens) * self.rate.seconds
        bucket.tokens -= 1
        return 0.0


class RateLimit:
    """Answers 429 to an address that submits too often; the desk's own acts are not counted."""

    def __init__(self, app: ASGIApp, rate: Rate) -> None:
        self.app = app
        self.rate = rate
        self.buckets = Buckets(rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        submits = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in SUBMITTING
        if submits and (wait := self._wait(scope)):
            seconds = int(wait) + 1
            fault = Fault(429, None, "提交过于频繁", f"请在 {seconds} 秒后再试", {"retry-after": str(seconds)})
            await respond(scope, fault)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _wait(self, scope: Scope) -> float:
        address = scope["client"][0] if scope.get("client") else ""
        return 0.0 if address in LOOPBACK and not self.rate.loopback else self.buckets.wait(address)
