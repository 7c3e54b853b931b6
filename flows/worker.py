"""worker: runs what the pool gives out, each run a process of its own (`minyi flows work`).

Prefect's own process worker, started with this installation's settings: what it starts opens the same bus, store,
search and files, whatever folder it is started in. Interrupted, it takes no more and ends its runs.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress

from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.utilities.processutils import setup_signal_handlers_worker
from prefect.workers.process import ProcessWorker

from flows.crashes import ensure_automation, sweep
from flows.deploy import POOL, address

log = logging.getLogger(__name__)
Say = Callable[[str], None]


async def work(say: Say, pool: str = POOL, name: str | None = None, limit: int | None = None) -> None:
    """Work until interrupted, `limit` runs at a time. Meanwhile, once, what died before is marked so."""
    say(f"Prefect 服务器 {address()}，工作池 {pool}；按 Ctrl-C 停止")
    setup_signal_handlers_worker(os.getpid(), "worker", lambda _message: None)
    worker = ProcessWorker(work_pool_name=pool, name=name, limit=limit, create_pool_if_not_found=True)
    tidying = asyncio.create_task(_tidy())
    try:
        await worker.start(printer=lambda *_: say("已就绪"))
    except asyncio.CancelledError:
        say("已停止")
    finally:
        tidying.cancel()
        with suppress(asyncio.CancelledError):
            await tidying


async def _tidy() -> None:
    try:
        async with get_client() as client:
            await ensure_automation(client)
        if dead := await sweep():
            log.warning("中断的运行 %s 个，已标为 Crashed", len(dead))
    except (OSError, PrefectHTTPStatusError) as error:  # the worker goes on; the next one sweeps
        log.warning("没能查找中断的运行：%s", error)
