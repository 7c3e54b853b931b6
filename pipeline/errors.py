"""Errors that decide what happens next, and the one sentence a person reads.

    MinyiError
    ├── UsageError        wrong use of a command or request (exit 2)
    │   └── RuleError     a setting, a rules file or a catalogue is wrong; names file, line, field, valid values
    ├── Refused           input that never entered the bus (bad row, HTTP 422, mark of secrecy)
    ├── NotAllowed        a desk's move that the state, the role or the series does not allow
    ├── NotFound          no such item, bulletin, receipt, source
    ├── Transient         may work later (lock, connection, full disk): repeat, count nothing
    │   └── Fenced        another worker moved this partition on: drop the batch, read `next` again
    ├── Terminal          can never work as it is: quarantine with step and reason
    └── Broken            the installation is in a state no retry cures (newer format, lost range)

Every message is Chinese, for the person at the screen: what, where, what to do.
Vendor errors end at the adapter that met them.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

TROUBLES = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "系统不允许",
    errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘已满",
    errno.ENOTDIR: "其中一级不是文件夹",
    errno.EISDIR: "是一个文件夹",
    errno.EEXIST: "已有同名的文件",
    errno.ENAMETOOLONG: "名称太长",
    errno.EMFILE: "打开的文件太多",
    errno.EIO: "磁盘读写出错",
    errno.ECONNREFUSED: "连接被拒绝",
    errno.ETIMEDOUT: "没有应答",
}


def trouble(error: OSError) -> str:
    """What an error of the operating system means; its own words are English."""
    return TROUBLES.get(error.errno or 0, f"读写出错（{errno.errorcode.get(error.errno or 0, type(error).__name__)}）")


class MinyiError(Exception):
    """An error with a sentence: `what` happened, `where`, and what to do (`fix`)."""

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    @property
    def found(self) -> str:
        """What and where, for who shows the advice apart."""
        return f"{self.what}（{self.where}）" if self.where else self.what

    def __str__(self) -> str:
        return f"{self.found}。{self.fix}" if self.fix else self.found

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword arguments are lost by the default pickling, and child processes send errors back.
        return (_rebuild, (type(self), self.what, dict(self.__dict__)))


def _rebuild(kind: type[MinyiError], what: str, state: dict[str, object]) -> MinyiError:
    error = kind.__new__(kind, what)
    error.__dict__.update(state)
    return error


class UsageError(MinyiError):
    """Wrong use of a command or a request."""


class RuleError(UsageError):
    """A setting, a rules file or a catalogue that people write is wrong; `others` are more faults of the same file,
    each a line of its own."""

    def __init__(
        self, what: str, *, where: str | None = None, fix: str | None = None, others: tuple[RuleError, ...] = ()
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.others = others

    @classmethod
    def of(cls, wrong: Sequence[RuleError]) -> RuleError:
        """Several files' faults as one error."""
        first, *more = [one for error in wrong for one in (error, *error.others)]
        return cls(first.what, where=first.where, fix=first.fix, others=tuple(cls._alone(one) for one in more))

    @classmethod
    def _alone(cls, one: RuleError) -> RuleError:
        return cls(one.what, where=one.where, fix=one.fix)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self.others)])


class Refused(MinyiError):
    """Input that never entered the bus; `field` names the part of it that is wrong."""

    def __init__(
        self, what: str, *, where: str | None = None, fix: str | None = None, field: str | None = None
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.field = field


class NotAllowed(MinyiError):
    """A move of the desk that the state, the role or the series does not allow."""


class NotFound(MinyiError):
    """No such item, bulletin, receipt or source."""


class Transient(MinyiError):
    """May work later: the same work is repeated and nothing is counted against it."""


class Fenced(Transient):
    """Another worker moved a partition on; `partitions` are to be read again from the stored `next`."""

    def __init__(self, what: str, *, partitions: tuple[tuple[str, int], ...] = (), where: str | None = None) -> None:
        super().__init__(what, where=where)
        self.partitions = partitions


class Terminal(MinyiError):
    """Can never work as it is; ends in quarantine at `step`."""

    def __init__(self, what: str, *, step: str, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what, where=where, fix=fix)
        self.step = step


class Broken(MinyiError):
    """The installation is in a state that no retry cures: newer format, lost range, foreign store."""
