"""How well we read: `python -m tests.eval [--write] [NAME…]` (`make eval`), ours beside the library a user would pick,
on the same work in the same run.

It reads the real input (`MINYI_REAL`, else the folder `shared/real` beside this checkout), which is no part of the
project; the part others reads `MINYI_OTHERS`. NAMEs choose among charset, repair, pages, facts, others, personal,
files, bad; `--write` keeps the table as docs/eval.md.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from pathlib import Path

import psutil

from tests.benchmarks.figures import Figure, table
from tests.eval.material import real

# Each with a module read_… beside.
PARTS = ("charset", "repair", "pages", "facts", "others", "personal", "files", "bad")
HERE = Path(__file__).parent
KEPT = HERE.parents[1] / "docs" / "eval.md"
HEAD = """# How well texts are read

Made by `make eval`: ours beside the library a user would pick, on the same work in the same run. The real input is no
part of the project; what each line is measured on stands in `tests/eval`.
"""


def main(*arguments: str) -> int:
    """Measure, print; 1 when a part failed. A goal not met is no failure: a table is read, not passed."""
    write = "--write" in arguments
    names = [name for name in arguments if name != "--write"] or [
        name for name in PARTS if (HERE / f"read_{name}.py").exists()
    ]
    if unknown := {*names} - {*PARTS}:
        print(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    if not real().is_dir():
        print(f"no real input at {real()}: set MINYI_REAL to its folder", file=sys.stderr)
        return 2
    found = [(name, part(name)) for name in names]
    whole = "\n".join(f"\n## {name}\n\n{table(figures)}" for name, figures in found)
    python = ".".join(map(str, sys.version_info[:2]))
    text = f"{HEAD}{whole}\n\n{psutil.cpu_count()} cores, Python {python}.\n"
    print(text)
    if write:
        KEPT.write_text(text, encoding="utf-8")
    return int(any(one.measured.startswith("failed") for _, figures in found for one in figures))


def part(name: str) -> list[Figure]:
    """A part's lines; what went wrong is a line, so that the others' numbers are not lost with it."""
    print(f"{name} …", file=sys.stderr, flush=True)
    try:
        return list(import_module(f"tests.eval.read_{name}").figures())
    except Exception as error:  # noqa: BLE001 - printed
        traceback.print_exc()
        return [Figure(name, f"failed: {type(error).__name__}", met=False)]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
