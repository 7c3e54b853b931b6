"""Prefect's flows. Whoever imports one has Prefect told first to send nothing out: it may, at its import."""

from flows.offline import QUIET
from pipeline.settings import set_defaults

set_defaults(QUIET)
