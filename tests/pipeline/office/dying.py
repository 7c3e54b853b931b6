"""A process that dies between a bulletin's number and its files: `dying.py KEY`, settings by the environment."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from pipeline.office import issuing
from pipeline.office.context import office_of
from pipeline.records.bulletins import Bulletin, Rendered
from pipeline.wiring import open_system


def render(bulletin: Bulletin, form: str) -> Rendered:
    if not bulletin.draft:
        os._exit(9)
    return Rendered(form.encode())


with open_system() as system:
    issuing.issue(replace(office_of(system), render=render), sys.argv[1], by="陈编")
