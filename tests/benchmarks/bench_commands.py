"""What a person waits for: `minyi --help` beside `python -c pass`, documents, the demo."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.settings import child_environment, load
from tests.benchmarks.figures import Figure, at_most
from tests.made_up import Writer

ROUNDS = 7
MINYI = ("-m", "pipeline.cli.main")
HELP, DOCUMENTS, DEMO = 0.3, 2.0, 60.0
ITEMS = 20
RENDER = """
import sys, time
from tests.benchmarks.bench_commands import bulletin
from pipeline.documents import render
made = bulletin()
since = time.perf_counter()
sizes = [len(render(made, form).content) for form in ("docx", "pdf")]
print(time.perf_counter() - since, *sizes)
"""


def bulletin():
    """A digest of 20 articles of 400 to 800 letters."""
    from tests.pipeline.documents.bulletins import ARTICLE, DIGEST

    writer = Writer(5)
    articles = [replace(ARTICLE, item=f"i{at}", text=writer.text(400 + 20 * at)) for at in range(ITEMS)]
    return replace(DIGEST, articles=tuple(articles))


def seconds(words: Sequence[str], home: str) -> float:
    """A run of Python."""
    since = time.perf_counter()
    environment = child_environment(load({"MINYI_HOME": home}))
    subprocess.run([sys.executable, *words], env=environment, capture_output=True, check=True)
    return time.perf_counter() - since


def figures(quick: bool) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as home:
        pairs = [(seconds(("-c", "pass"), home), seconds((*MINYI, "--help"), home)) for _ in range(ROUNDS)]
        bare, helped = (statistics.median(times) for times in zip(*pairs, strict=True))
        yield at_most("minyi --help", helped, HELP, " s", f" (python -c pass {bare:.2f} s)")
        rendered = [_rendered() for _ in range(ROUNDS)]
        yield at_most("20 items to DOCX and PDF", statistics.median(rendered), DOCUMENTS, " s")
        if not quick:
            yield at_most("demo, installed", seconds((*MINYI, "demo"), home), DEMO, " s")


def _rendered() -> float:
    done = subprocess.run([sys.executable, "-c", RENDER], stdout=subprocess.PIPE, text=True, check=True)
    return float(re.split(r"\s", done.stdout)[0])


if __name__ == "__main__":
    print(*figures(quick=False), sep="\n")
