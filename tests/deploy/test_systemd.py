"""The units: known directives, names that exist, and systemd's own word where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy import places

NAMES = [path.name for path in places.UNITS]
# Units that other packages bring, and systemd's own.
THEIRS = {"network-online.target", "network.target", "local-fs.target", "multi-user.target"}
THEIRS |= {"postgresql.service", "elasticsearch.service"}
KNOWN = {
    "Unit": {"Description", "After", "Wants", "Requires", "PartOf"},
    "Install": {"WantedBy"},
    "Service": set(
        re.findall(
            r"\w+",
            """Type RemainAfterExit User Group StateDirectory StateDirectoryMode LogsDirectory EnvironmentFile
            Environment ExecStart KillSignal TimeoutStopSec TimeoutStartSec Restart RestartSec MemoryMax
            SuccessExitStatus LimitNOFILE NoNewPrivileges PrivateTmp PrivateDevices ProtectSystem ReadWritePaths
            ProtectHome ProtectKernelTunables ProtectControlGroups RestrictSUIDSGID LockPersonality""",
        )
    ),
}


@pytest.mark.parametrize("path", places.UNITS, ids=NAMES)
def test_every_directive_is_known_in_its_section(path: Path) -> None:
    for section, name, value in places.unit(path):
        assert name in KNOWN[section], name
        assert value


@pytest.mark.parametrize("path", places.UNITS, ids=NAMES)
def test_every_unit_it_names_exists(path: Path) -> None:
    for section, name, value in places.unit(path):
        if section in {"Unit", "Install"} and name != "Description":
            assert set(value.split()) <= {*NAMES, *THEIRS}, value


@pytest.mark.parametrize(
    "path",
    [path for path in places.UNITS if path.name.startswith("minyi") and path.suffix == ".service"],
    ids=lambda path: path.name,
)
def test_ours_run_as_a_user_of_their_own_and_write_in_their_home_alone(path: Path) -> None:
    found = {name: value for section, name, value in places.unit(path) if section == "Service"}
    assert (found["User"], found["ProtectSystem"], found["NoNewPrivileges"]) == ("minyi", "strict", "yes")
    home = re.search(r"^MINYI_HOME=(.+)$", (places.DEPLOY / "env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert home is not None
    assert found["ReadWritePaths"] == home[1] == f"/var/lib/{found['StateDirectory']}"
    readme = (places.DEPLOY / "README.md").read_text(encoding="utf-8")
    assert found["EnvironmentFile"] in readme or path.name == "minyi.service"
    assert "/opt/minyi" in readme


def test_the_target_wants_every_part() -> None:
    wanted = {
        name
        for _, key, value in places.unit(places.DEPLOY / "systemd" / "minyi.target")
        if key == "Wants"
        for name in value.split()
    }
    # minyi.service is another shape; migrate comes with who requires it.
    assert wanted == {name for name in NAMES if name.startswith("minyi-")} - {"minyi-migrate.service"}


def test_systemd_itself_finds_nothing_but_programs_that_are_not_here() -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        return  # the directives were looked at above
    done = subprocess.run(
        [program, "verify", "--man=no", *map(str, places.UNITS)], capture_output=True, encoding="utf-8", check=False
    )
    names = "|".join(map(re.escape, NAMES))
    told = [line for line in done.stderr.splitlines() if re.match(rf"(?:.*/)?(?:{names}):", line)]
    assert [line for line in told if "is not executable: No such file" not in line] == []
