"""The child of `process.isolation`: reads one message at a time from standard input, answers on standard output.

A frame is a pickle: the child says when it is ready; the parent sends a Delivered; the child answers with each
Step it begins and, last, a one-tuple of the outcome. An error that is no message's fault (files away, a newer
format) is answered as such and ends the child. Run as `python -m pipeline.cli.child`.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import BinaryIO

from pipeline.errors import MinyiError
from pipeline.process.topology import Steps, prepare
from pipeline.records.names import Step
from pipeline.steps.clean import CleanRules
from pipeline.wiring import open_system


def main() -> None:
    """Serve the parent until it closes the pipe."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # a library's print must not tear a frame
    try:
        _serve(answers)
    except MinyiError as error:
        _tell(answers, error)


def _serve(answers: BinaryIO) -> None:
    with open_system() as system:
        _tell(answers, Step.READ)
        steps = Steps(system.rules.for_reading(), CleanRules(), system.files.get, lambda step: _tell(answers, step))
        while True:
            try:
                one = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent's request
                _tell(answers, (prepare([one], steps)[0],))
            except (EOFError, BrokenPipeError):  # the parent is gone
                return


def _tell(answers: BinaryIO, value: Step | tuple[object] | MinyiError) -> None:
    pickle.dump(value, answers)
    answers.flush()


if __name__ == "__main__":
    main()
