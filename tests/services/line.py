"""A line to a server that can be cut in the middle of what is sent, as a cable or a balancer is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

BLOCK = 1 << 16


class Line:
    """Forwards connections to a port. `limit` is how many bytes of one connection reach the server before the line
    is cut, `answered` how many of its answers come back (None: all); `watch` sees what is sent."""

    def __init__(self, port: int) -> None:
        self.limit: int | None = None
        self.answered: int | None = None
        self.watch: Callable[[bytes], object] = len
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        # A shutdown wakes the thread that accepts.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, suppress(OSError), socket.create_connection(("127.0.0.1", self._target)) as far:
            back = threading.Thread(target=self._pump, args=(far, near, "answered"), daemon=True)
            back.start()
            self._pump(near, far, "limit")
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket, bound: str) -> None:
        sent = 0
        with suppress(OSError):
            while block := source.recv(BLOCK):
                if bound == "limit":
                    self.watch(block)
                limit = getattr(self, bound)
                if limit is not None and sent + len(block) > limit:
                    target.sendall(block[: max(0, limit - sent)])
                    break
                target.sendall(block)
                sent += len(block)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def to(port: int) -> Iterator[Line]:
    """A line to a port of this machine."""
    line = Line(port)
    try:
        yield line
    finally:
        line.close()
