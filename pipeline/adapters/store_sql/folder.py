"""Folders in which a database cannot live: shared over a network, or copied about by a sync program. Both take
SQLite's locks lightly, and sooner or later tear a file. Loads no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.records.items import Finding

NETWORK = frozenset(
    {
        "nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "davfs2", "ncpfs",
        "9p", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "afs", "sshfs", "fuse.sshfs", "fuse.rclone",
        "fuse.glusterfs", "fuse.ceph", "fuse.davfs", "fuse.s3fs", "fuse.gvfsd-fuse", "vboxsf", "vmhgfs",
        "fuse.vmhgfs-fuse",
    }
)  # fmt: skip
SYNCED = {
    "onedrive": "OneDrive",
    "dropbox": "Dropbox",
    "nutstore": "坚果云",
    "坚果云": "坚果云",
    "我的坚果云": "坚果云",
    "icloud": "iCloud",
    "icloud drive": "iCloud",
    "mobile documents": "iCloud",
    "google drive": "Google 云端硬盘",
    "googledrive": "Google 云端硬盘",
    "my drive": "Google 云端硬盘",
    "baidusyncdisk": "百度网盘同步空间",
    "wpsdrive": "WPS 云盘",
    "wps云盘": "WPS 云盘",
    "syncthing": "Syncthing",
    "seafile": "Seafile",
    "nextcloud": "Nextcloud",
}
FIX = "请把 MINYI_HOME 设到本机硬盘上的普通文件夹"


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system: `options` as the system lists them, `remote` among them for a Windows network drive."""

    point: str
    kind: str
    options: str = ""


def mounts() -> list[Mount]:
    """What is mounted here."""
    import psutil

    return [Mount(one.mountpoint, one.fstype, one.opts) for one in psutil.disk_partitions(all=True)]


def check_folder(folder: Path, mounted: Iterable[Mount] | None = None) -> Finding:
    """Whether a database may live in `folder` (which need not be there yet)."""
    path = folder.expanduser().absolute().resolve()
    if sync := _synced(path):
        return Finding("folder", ok=False, what=f"数据文件夹 {folder} 在{sync}的同步目录里，数据库会被它损坏", fix=FIX)
    if kind := _network(path, mounts() if mounted is None else mounted):
        return Finding("folder", ok=False, what=f"数据文件夹 {folder} 在网络共享盘（{kind}）上，数据库会损坏", fix=FIX)
    return Finding("folder", ok=True, what=f"数据文件夹 {folder} 在本机硬盘上")


def _synced(path: Path) -> str | None:
    for part in path.parts:
        name = part.casefold()
        # OneDrive names its folder after the organisation: “OneDrive - 某某单位”.
        if name in SYNCED or name.startswith(("onedrive -", "onedrive-")):
            return SYNCED.get(name, "OneDrive")
    return None


def _network(path: Path, mounted: Iterable[Mount]) -> str | None:
    if path.drive.startswith("\\\\"):
        return "SMB"
    over = [mount for mount in mounted if path.is_relative_to(mount.point)]
    # The deepest mount is the one; of several on one point the last hides the others.
    deepest = max(enumerate(over), key=lambda one: (len(Path(one[1].point).parts), one[0]), default=None)
    if deepest is None:
        return None
    mount = deepest[1]
    if mount.kind.lower() in NETWORK or "remote" in mount.options.split(","):
        return mount.kind or "网络驱动器"
    return None
