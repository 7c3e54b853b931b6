"""How many days things are kept. An issued bulletin is never removed (OFFICE 22)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.rules.yamlfile import RuleModel


class Retention(RuleModel):
    """Days. `logs` may not fall under 184: six months by the Cybersecurity Law as amended in 2025, art. 23 (3)."""

    version: Literal[1] = 1
    web_lead_bodies: int = Field(ge=1)  # OFFICE 3
    bus_messages: int = Field(ge=1)
    outbox: int = Field(ge=1)
    logs: int = Field(ge=184)
    backups: int = Field(ge=1)
    runs: int = Field(30, ge=1)  # Prefect's own, with logs and artifacts; what was done is in the store
