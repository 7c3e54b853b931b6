"""Errors: one sentence each, whole again on the other side of a process."""

from __future__ import annotations

import pickle

from pipeline.errors import Fenced, MinyiError, Refused, Terminal


def test_an_error_says_what_where_and_what_to_do():
    error = MinyiError("表格缺少“正文”一列", where="七月.xlsx", fix="现有的列：标题、单位")
    assert str(error) == "表格缺少“正文”一列（七月.xlsx）。现有的列：标题、单位"


def test_an_error_survives_a_child_process():
    for error in (
        Terminal("坏了", step="clean", where="第 3 行"),
        Refused("太长", field="title"),
        Fenced("别处已办", partitions=(("opinions.crawled", 3),)),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
