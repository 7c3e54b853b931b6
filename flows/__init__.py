"""Prefect's flows. Whoever imports one has Prefect told first to send nothing out: it may, at its import.
And how often a run gives a sign of life, for one that gives fewer is taken for dead."""

from flows.offline import BEATING, QUIET
from pipeline.settings import set_defaults

set_defaults({**QUIET, **BEATING})
