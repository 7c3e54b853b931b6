"""Children of `minyi up` and of the demo: each a process of ours that ends when its parent does.

A child holds one end of a pipe as standard input; when the other end closes (the parent asks it to stop, or was
killed) it interrupts itself. So stopping is the same on every platform, and nothing is
left over. Run as `python -m flows.children NAME [ARGUMENT…]`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psutil


def main(arguments: list[str]) -> None:
    """Be the child of this name."""
    name, *rest = arguments
    # A process begun in the background ignores it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    with suppress(KeyboardInterrupt):
        CHILDREN[name](rest)


def web(arguments: list[str]) -> None:
    """The web app on host and port."""
    import uvicorn

    from pipeline.logs import logging_to
    from pipeline.settings import load

    host, port = arguments
    settings = load()
    with logging_to(settings.home, settings.zone, settings.log):
        uvicorn.run(
            "pipeline.web.app:app_of_environment",
            factory=True,
            host=host,
            port=int(port),
            access_log=False,  # a status page's path is a receipt
            timeout_graceful_shutdown=5,
        )


def prefect(arguments: list[str]) -> None:
    """Prefect's server with its UI on host and port."""
    import uvicorn
    from prefect.server.api.server import create_app

    host, port = arguments
    uvicorn.run(create_app(final=True), host=host, port=int(port), log_level="warning", timeout_graceful_shutdown=5)


def flows(arguments: list[str]) -> None:
    """The four flows, served as soon as Prefect's server answers at this URL."""
    from flows.serve import main as serve
    from flows.server import answers

    (url,) = arguments
    while not answers(url):
        time.sleep(0.2)
    serve()


CHILDREN: dict[str, Callable[[list[str]], None]] = {"web": web, "prefect": prefect, "flows": flows}


def _end_with_parent() -> None:
    # Past the buffered reader: its lock, held by a daemon thread, aborts the interpreter's end.
    while os.read(sys.stdin.fileno(), 1):
        pass
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGINT)
    else:
        psutil.Process().send_signal(signal.SIGINT)  # reaches the main thread, and wakes it


if __name__ == "__main__":
    main(sys.argv[1:])
