"""What kills the process is found too (DESIGN 9): from the second try on, a batch is read item by item in a
child process with limits. Only a child's own death before its living parent's eyes counts against an item;
the second such death sets it aside. A worker killed from outside accuses no item."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import psutil

from pipeline.errors import MinyiError, Terminal, Transient
from pipeline.process.topology import Early, failed
from pipeline.records.messages import Delivered, Place
from pipeline.records.names import Step

CHILD = "pipeline.cli.child"  # run by name: only the command line sees wiring
DEATHS = 2
SECONDS = 60.0  # one message's reading; a page takes milliseconds
MEMORY = 2_000_000_000  # bytes
START = 120.0  # seconds for a child to load and open its parts; on a slow disk some 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use for one message before its parent ends it."""

    seconds: float = SECONDS
    memory: int = MEMORY


class Child:
    """One child process that reads messages one at a time and reports the step it is at."""

    def __init__(self, environment: Mapping[str, str], limits: Limits) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
        )
        self._limits = limits
        self.step = Step.READ
        self._begin()

    def _begin(self) -> None:
        """Wait until it is ready: a child that cannot begin accuses nobody."""
        patience = threading.Timer(START, self._process.kill)
        patience.start()
        try:
            self._answer()
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self.close()
            raise Transient("读取内容的子进程启动不了", fix="请稍后再试；若一直如此，请查看内存和磁盘") from error
        finally:
            patience.cancel()

    def _answer(self) -> Any:
        answer = _receive(self._pipe_out())
        if isinstance(answer, MinyiError):
            self.close()
            raise answer
        return answer

    def read(self, one: Delivered) -> Early | None:
        """The message's outcome; None when the child died on it. Raises what is no message's fault."""
        self.step = Step.READ
        watch = threading.Thread(target=self._watch, args=(done := threading.Event(),), daemon=True)
        watch.start()
        try:
            _send(self._pipe_in(), one)
            while not isinstance(answer := self._answer(), tuple):
                self.step = answer
            return answer[0]
        except (EOFError, OSError, pickle.UnpicklingError):
            self.close()
            return None
        finally:
            done.set()
            watch.join()

    def close(self) -> None:
        """End the child."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                _quietly_close(pipe)

    def _watch(self, done: threading.Event) -> None:
        deadline = time.monotonic() + self._limits.seconds
        while not done.wait(min(0.2, self._limits.seconds)):
            if time.monotonic() > deadline or self._memory() > self._limits.memory:
                self._process.kill()
                return

    def _memory(self) -> int:
        try:
            return psutil.Process(self._process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return 0

    def _pipe_in(self) -> BinaryIO:
        assert self._process.stdin
        return self._process.stdin  # type: ignore[return-value]

    def _pipe_out(self) -> BinaryIO:
        assert self._process.stdout
        return self._process.stdout  # type: ignore[return-value]


def prepare_apart(
    delivered: Sequence[Delivered],
    environment: Mapping[str, str],
    died: Callable[[Place], int],
    limits: Limits | None = None,
) -> list[Early]:
    """Like topology.prepare, one by one in a child; `died` books a death and gives how many there were."""
    child: Child | None = None
    outcomes: list[Early] = []
    try:
        for one in delivered:
            outcome = None
            while outcome is None:
                child = child or Child(environment, limits or Limits())
                outcome = child.read(one)
                if outcome is None:
                    outcome = _accused(one, child.step, died(one.place))
                    child = None
            outcomes.append(outcome)
    finally:
        if child:
            child.close()
    return outcomes


def _accused(one: Delivered, step: Step, deaths: int) -> Early | None:
    if deaths < DEATHS:
        return None
    error = Terminal(
        "处理这条内容时程序两次崩溃或超出限制，已隔离", step=step, fix="请把编号告诉维护人员，原文保存在隔离区"
    )
    return _named_crash(failed(one, step, error))


def _named_crash(outcome: Any) -> Early:
    from dataclasses import replace

    return replace(outcome, error="crash")


def _send(pipe: BinaryIO, value: object) -> None:
    pickle.dump(value, pipe)
    pipe.flush()


def _receive(pipe: BinaryIO) -> Any:
    return pickle.load(pipe)  # noqa: S301 - our own child's answer


def _quietly_close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        return
