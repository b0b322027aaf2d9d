"""Rows with equal keys get one group, whatever the order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from observatory.kernels.row_groups import group_rows
from observatory.kernels.seed import SEED

keys = st.lists(st.tuples(st.integers(-3, 3), st.integers(-1, 2), st.sampled_from([0, 1, 2**62])), max_size=60)


@given(keys)
def test_groups_are_numbered_by_first_appearance(rows: list[tuple[int, int, int]]) -> None:
    a, b, c = (np.array([row[i] for row in rows], np.int64) for i in range(3))
    group, first = group_rows(a, b, c, SEED)
    distinct = list(dict.fromkeys(row for row in rows if row[1] >= 0))
    assert group.tolist() == [distinct.index(row) if row[1] >= 0 else -1 for row in rows]
    assert first.tolist() == [rows.index(row) for row in distinct]
