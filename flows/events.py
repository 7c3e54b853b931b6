"""events: what an operator may want to act on, as Prefect events of our own, each with a Chinese sentence.

| event | resource | when |
|---|---|---|
| minyi.process.stopped | minyi.process | a run of process ended by a fault that no retry cures |
| minyi.quarantine.grew | minyi.quarantine | a run set messages aside; `count` of them |
| minyi.source.failed | minyi.source.NAME | a crawl of a source gave nothing; `reasons` |
| minyi.chore.failed | minyi.chore.NAME | a nightly chore did not end well |
| minyi.alarm.raised | minyi.alarm.PART[.SUBJECT] | raised since a run told last; `part`, `subject`, `fix` |

Prefect relates each to its run, deployment and tags; an automation on `minyi.*` can notify whom it should.
"""

from __future__ import annotations

from typing import Any

from prefect.context import FlowRunContext, TaskRunContext
from prefect.events import emit_event


def tell(event: str, resource: str, said: str, **facts: Any) -> None:
    """Emit `minyi.EVENT` about `minyi.RESOURCE` from within a flow run. Never raises: what happened is in the books."""
    emit_event(
        event=f"minyi.{event}",
        resource={"prefect.resource.id": f"minyi.{resource}", "prefect.resource.name": said},
        payload={"said": said, **facts},
    )


def in_run() -> bool:
    """Whether this is a flow run, or a task of one: there is a server to tell."""
    return FlowRunContext.get() is not None or TaskRunContext.get() is not None
