"""`python -m pipeline.operate.kibana FILE`: the saved objects as they ship, for a site with no settings of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.operate.kibana import Site, build, region_names
from pipeline.rules import Rules

if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(build(Site(regions=region_names(Rules(Path()).regions))))
