"""From when on an alarm is raised, and how much of it metrics show."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from pipeline.rules.yamlfile import RuleModel

LEAST_QUIET = timedelta(days=1)  # a site that is down over night is nobody's alarm


class Watch(RuleModel):
    """Thresholds, each in the unit its name ends with."""

    version: Literal[1] = 1
    lag_minutes: int = Field(ge=1)
    receipt_minutes: int = Field(ge=1)
    backlog_items: int = Field(ge=1)
    backlog_minutes: int = Field(ge=1)
    missed_turns: int = Field(ge=1)
    nothing_new_days: int = Field(ge=1, le=366)
    free_megabytes: int = Field(ge=1)
    backup_days: int = Field(ge=1)
    proof_minutes: int = Field(ge=1)
    named_sources: int = Field(ge=1, le=1000)

    def quiet(self, every: timedelta) -> timedelta:
        """After how long without a report a source that is due every so often is silent."""
        return max(LEAST_QUIET, self.missed_turns * every)
