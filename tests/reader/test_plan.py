"""A reading study: who reads what, in which order, under which name."""

from __future__ import annotations

from pathlib import Path

import pytest

from lgescar.core.errors import EventError
from lgescar.reader.plan import plan_readings
from lgescar.reader.store import Store

BUNDLE = "0" * 64


@pytest.fixture
def studies(store: Store, tmp_path: Path) -> list[str]:
    ids = []
    for number in range(6):
        (tmp_path / f"P{number}.png").write_bytes(bytes([number]))
        ids.append(store.add_study(tmp_path / f"P{number}.png").id)
    return ids


def test_every_reader_reads_every_study_twice_in_orders_of_their_own(
    store: Store, studies: list[str]
) -> None:
    plan = plan_readings(store, studies, ["A", "B"], BUNDLE, seed=1)
    assert len(plan) == 2 * 2 * 6
    orders = []
    for reader in ("A", "B"):
        for number in (1, 2):
            rows = [row for row in plan if (row.reader, row.number) == (reader, number)]
            assert [row.place for row in rows] == [1, 2, 3, 4, 5, 6]
            orders.append(tuple(row.study for row in rows))
    assert all(sorted(order) == sorted(studies) for order in orders)
    assert len({*orders}) == 4


def test_the_same_seed_is_the_same_plan_and_another_is_another(
    store: Store, studies: list[str], tmp_path: Path
) -> None:
    plan = plan_readings(store, studies, ["A"], BUNDLE, seed=1)
    assert plan_readings(store, studies, ["A"], BUNDLE, seed=1) == plan
    with pytest.raises(EventError, match="outside of this plan"):
        plan_readings(store, studies, ["A"], BUNDLE, seed=2)


def test_a_reader_sees_blinded_names_and_first_sessions_first(
    store: Store, studies: list[str]
) -> None:
    plan_readings(store, studies, ["A"], BUNDLE, seed=3)
    names = [row.name for row in store.worklist("A")]
    assert names == [f"case-{n:03d}" for n in range(1, 7)] * 2
    order = [(row.number, row.place) for row in store.sessions("A")]
    assert order == [(number, place) for number in (1, 2) for place in range(1, 7)]


def test_a_plan_of_nothing_is_none(store: Store, studies: list[str]) -> None:
    for some, readers in (([], ["A"]), (studies, []), (studies, ["A", "A"]), (["x"], ["A"])):
        with pytest.raises(EventError):
            plan_readings(store, some, readers, BUNDLE, seed=1)


def test_a_plan_that_cannot_be_whole_writes_nothing(store: Store, studies: list[str]) -> None:
    store.add_reader("B")
    store.add_session(studies[3], "B", BUNDLE)
    with pytest.raises(EventError, match="reader B began a session of P3 outside of this plan"):
        plan_readings(store, studies, ["A", "B"], BUNDLE, seed=1)
    assert [(row.study, row.place) for row in store.sessions("B")] == [(studies[3], None)]
    assert "A" not in store.readers()
