"""One run of one flow in this process: `python -m flows.once process '{"until_empty": true}'` prints its answer
as one line of JSON. The server is the environment's PREFECT_API_URL. The run carries the project's tag."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys

from prefect import tags

from flows.serve import NAME


def main(arguments: list[str]) -> None:
    """Run the flow of this name with these parameters."""
    name, parameters = arguments
    if name not in {"crawl", "process", "brief", "maintain"}:
        raise SystemExit(f"没有后台任务“{name}”，可用：crawl process brief maintain")
    flow = getattr(importlib.import_module(f"flows.{name}"), name)
    with tags(NAME):
        answer = asyncio.run(flow(**json.loads(parameters)))
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
