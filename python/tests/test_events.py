"""Event records and their store."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import pickle
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import imagegate
import pytest
from conftest import NOW
from imagegate import (
    Action,
    Decision,
    EventMode,
    EventRecord,
    EventRow,
    EventStore,
    InvalidArgumentError,
    InvalidEventError,
    Launch,
    PolicySet,
    ScanProfile,
    StorageError,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with EventStore.open(tmp_path / "events.db") as store:
        yield store


def start(node: str, **container: str) -> dict[str, Any]:
    return {
        "version": 1,
        "image": {"reference": "registry.example.com/shop/cart:1.4.2"},
        "container": container,
        "privileges": ["privileged"],
        "node": {"name": node, "internal_ip": "10.0.0.7"},
        "pod": {"namespace": "shop", "name": "cart"},
    }


@pytest.fixture
def decision(policies: PolicySet) -> Decision:
    return policies.assess_unscanned().decide(Launch.parse(start("node-1")), NOW)


def test_records_are_what_the_contract_says(decision: Decision) -> None:
    records = EventRecord.of(decision, occurrence="c1", source="ci")
    assert [record.aggregation_key for record in records] == [event.aggregation_key for event in decision.events]
    assert [record.action for record in records] == [event.action for event in decision.events]
    for record in records:
        document = record.to_dict()
        assert (document["source"], document["occurrence"]) == ("ci", "c1")
        lines = [record.aggregation_key, document["decided_at"], "node-1", "shop", "cart", "", "c1"]
        text = "\n".join(["imagegate-record/1", *(json.dumps(line, ensure_ascii=False) for line in lines)])
        assert record.id == hashlib.sha256(text.encode()).digest()[:16].hex()
        assert record.decided_at == decision.decided_at
        for again in (EventRecord.parse(record.to_json()), EventRecord.parse(document), pickle.loads(pickle.dumps(record))):
            assert again == record and hash(again) == hash(record) and again.to_json() == record.to_json()
        assert copy.deepcopy(record) is record and record != 1
        assert repr(record).startswith("EventRecord(")
    [opened] = {record.action for record in EventRecord.of(decision, mode="break_glass", reason="incident 7")}
    assert opened == Action.ALARM
    failed = EventRecord.failed_open(decision.launch, "the disk is full", NOW)
    assert (failed.mode, failed.action, failed.event_type) == (EventMode.FAILED_OPEN, "alarm", "unscanned_image")


def test_what_is_no_record_is_refused(decision: Decision, store: EventStore) -> None:
    [record, *_] = EventRecord.of(decision)
    with pytest.raises(InvalidEventError) as raised:
        EventRecord.parse({**record.to_dict(), "record_id": "0" * 32, "extra": 1})
    assert len(raised.value.problems) >= 1 and isinstance(raised.value, ValueError)
    with pytest.raises(InvalidArgumentError, match="no mode"):
        EventRecord.of(decision, mode="maybe")
    elsewhere = pickle.loads(pickle.dumps(decision))
    for refused in (lambda: EventRecord.of(elsewhere), lambda: store.record(elsewhere)):
        with pytest.raises(InvalidArgumentError, match="unpickled"):
            refused()
    wrong: Any
    for wrong in (None, 5, [decision], [None]):
        with pytest.raises(TypeError):
            store.record_all(wrong)
    with pytest.raises(TypeError):
        store.record(None)  # type: ignore[arg-type]


def test_the_same_record_counts_once_and_equal_events_fold(store: EventStore, policies: PolicySet, decision: Decision) -> None:
    hits = decision.event_count
    assert hits == 2
    assert store.record(decision).to_dict() == {"new": hits, "repeated": 0, "expired": 0}
    assert store.record(decision).repeated == hits
    assert store.record(decision, occurrence="another").new == hits
    other = policies.assess_unscanned().decide(Launch.parse(start("node-2")), "2026-11-24T07:00:00Z")
    assert store.record_all(EventRecord.of(other)).new == hits
    page = store.list(now=NOW, count_all=True)
    assert (page.total, page.next, len(page.rows)) == (hits, None, hits)
    row = page.rows[0]
    assert row.count == 3 and [node.name for node in row.nodes] == ["node-1", "node-2"]
    assert row.latest_at == datetime(2026, 11, 24, 7, tzinfo=timezone.utc) and row.first_at == decision.decided_at
    assert row.image.name == "registry.example.com/shop/cart:1.4.2" and row.modes == (EventMode.ENFORCED,)
    detail = store.detail(row.aggregation_key, NOW)
    assert detail is not None and detail.to_dict()["count"] == 3 and detail.to_dict()["evidence"]
    assert store.detail("0" * 32, NOW) is None
    for value in (row, page, detail):
        again = pickle.loads(pickle.dumps(value))
        assert again == value and hash(again) == hash(value)
    rows = [one.to_row() for one in page.rows]
    assert rows[0]["nodes"] == "node-1, node-2" and len({tuple(one) for one in rows}) == 1
    overview = store.overview("2026-11-24T12:00:00Z", policies=policies)
    assert (overview.today.intercepted, overview.today.alarmed, overview.rows) == (3, 3, 2)
    assert len(overview.series) == 7 and overview.series[-1] == overview.today


def test_lists_are_filtered_searched_sorted_and_paged(store: EventStore, policies: PolicySet, decision: Decision) -> None:
    store.record(decision)
    for hour in range(3):
        launch = Launch.parse({**start(f"n{hour}"), "image": {"reference": f"registry.example.com/shop/web{hour}:1"}})
        store.record(policies.assess_unscanned().decide(launch, f"2026-11-24T0{hour}:00:00Z"))

    def images(**query: Any) -> set[str | None]:
        return {row.image.name for row in store.list(now=NOW, **query).rows}

    assert len(images()) == 4
    assert images(search="WEB1") == {"registry.example.com/shop/web1:1"}
    assert images(search={"node": "n2"}) == {"registry.example.com/shop/web2:1"}
    assert images(search={"node": "%"}) == set()
    assert images(since="2026-11-24T02:00:00Z", until=datetime(2026, 11, 24, 3, tzinfo=timezone.utc)) == {
        "registry.example.com/shop/web2:1"
    }
    assert {row.action for row in store.list(action="alarm", now=NOW).rows} == {Action.ALARM}
    assert {row.event_type for row in store.list(event_type="privileged_image", now=NOW).rows} == {"privileged_image"}
    assert store.list(mode="break_glass", now=NOW).rows == ()
    found: list[EventRow] = []
    after: str | None = None
    while True:
        page = store.list(limit=3, sort="count", ascending=True, after=after, now=NOW)
        found.extend(page.rows)
        after = page.next
        if after is None:
            break
    assert len(found) == len({row.aggregation_key for row in found}) == 8
    for wrong in (
        {"limit": 0},
        {"limit": 1_001},
        {"sort": "name"},
        {"action": "allow"},
        {"event_type": "risk"},
        {"mode": "x"},
        {"search": {"colour": "red"}},
        {"search": "x" * 257},
        {"after": "x"},
        {"since": "yesterday"},
    ):
        with pytest.raises(InvalidArgumentError):
            store.list(now=NOW, **wrong)
    with pytest.raises(TypeError):
        store.list(search=5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        store.list(colour="red")  # type: ignore[call-arg]
    with pytest.raises(InvalidArgumentError):
        store.detail("no key")


def test_events_expire_and_are_purged(store: EventStore, decision: Decision) -> None:
    store.record(decision)
    later = "2027-05-23T06:00:00Z"
    assert len(store.list(now="2027-05-23T05:59:59Z").rows) == 2
    assert store.list(now=later).rows == ()
    assert store.purge(later).to_dict() == {"rows": 2, "records": 2}
    assert store.purge(later).rows == 0
    assert store.maintain(later) is not None and store.maintain(later) is None
    assert store.record(decision).expired == 2


def test_rows_are_shipped_from_a_cursor_and_imported_elsewhere(store: EventStore, decision: Decision, tmp_path: Path) -> None:
    lines = tmp_path / "events.jsonl"
    store.record(decision)
    shipped = store.ship(lines)
    assert shipped.rows == 2 == len(lines.read_text("utf-8").splitlines())
    assert store.ship(lines, cursor=shipped.cursor).rows == 0
    store.record(decision, occurrence="again")
    assert store.ship(lines, cursor=shipped.cursor).rows == 2
    assert store.ship(tmp_path / "ocsf.jsonl", format="ocsf").rows == 2
    assert json.loads((tmp_path / "ocsf.jsonl").read_text("utf-8").splitlines()[0])["class_uid"] == 2004
    with EventStore.open(tmp_path / "other.db") as other:
        assert other.import_file(lines).rows.new > 0
        assert [row.count for row in other.list(now=NOW).rows] == [row.count for row in store.list(now=NOW).rows]
        with pytest.raises(StorageError, match="cursor"):
            other.ship(lines, cursor=shipped.cursor)
        assert other.id != store.id
        for wrong in ({"cursor": "x"}, {"format": "xml"}):
            with pytest.raises(InvalidArgumentError):
                other.ship(lines, **wrong)
        with pytest.raises(StorageError, match="missing"):
            other.import_file(tmp_path / "missing.jsonl")
        with pytest.raises(StorageError):
            other.ship(tmp_path)
        (tmp_path / "bad.jsonl").write_text('{"not": "a record"}\n')
        with pytest.raises(imagegate.ImagegateError, match="1"):
            other.import_file(tmp_path / "bad.jsonl")


def test_what_cannot_be_opened_says_why(tmp_path: Path, decision: Decision) -> None:
    with pytest.raises(StorageError) as raised:
        EventStore.open(tmp_path / "no folder/events.db")
    assert raised.value.code == "cannot_open" and isinstance(raised.value, OSError)
    assert raised.value.errno is None and "no folder" in str(raised.value)
    assert pickle.loads(pickle.dumps(raised.value)).problems == raised.value.problems
    with pytest.raises(StorageError):
        EventStore.open(tmp_path / "absent.db", read_only=True)
    assert not (tmp_path / "absent.db").exists()
    (tmp_path / "text.db").write_text("this is no database, and long enough to be looked at " * 20)
    with pytest.raises(StorageError, match="no event store"):
        EventStore.open(tmp_path / "text.db")
    other = sqlite3.connect(tmp_path / "foreign.db")
    other.execute("CREATE TABLE things (name TEXT)")
    other.commit()
    other.close()
    with pytest.raises(imagegate.ImagegateError):
        EventStore.open(tmp_path / "foreign.db")
    store = EventStore.open(tmp_path / "events.db")
    store.record(decision)
    store.close()
    store.close()
    for closed in (lambda: store.record(decision), lambda: store.list(now=NOW), lambda: store.id):
        with pytest.raises(InvalidArgumentError, match="closed"):
            closed()
    with EventStore.open(tmp_path / "events.db", read_only=True) as readable:
        assert len(readable.list(now=NOW).rows) == 2
        with pytest.raises(StorageError) as read_only:
            readable.record(decision, occurrence="x")
        assert read_only.value.code == "read_only"
    with pytest.raises(TypeError):
        EventStore.open(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="EventStore"):
        pickle.dumps(store)


def test_threads_share_a_store(store: EventStore, policies: PolicySet) -> None:
    assessment = policies.assess_unscanned()

    def work(number: int) -> None:
        for turn in range(20):
            launch = Launch.parse(start(f"node-{number}", name=f"c{turn}"))
            store.record(assessment.decide(launch, NOW))
            store.list(now=NOW)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.count for row in store.list(now=NOW).rows] == [80, 80]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_store_is_not_used_after_a_fork(store: EventStore, decision: Decision) -> None:
    store.record(decision)
    child = os.fork()
    if child == 0:
        try:
            store.record(decision, occurrence="child")
            os._exit(1)
        except InvalidArgumentError as error:
            store.close()
            os._exit(0 if error.code == "other_process" else 2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.record(decision, occurrence="parent").new == 2


def test_the_action_alone_is_that_of_the_decision(policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> None:
    for now in (NOW, "2026-11-10T06:00:00Z", "2026-10-01T00:00:00Z"):
        assessment = policies.assess(cart)
        assert assessment.action(cart_launch, now) is assessment.decide(cart_launch, now).action
    with pytest.raises(imagegate.ImageMismatchError):
        policies.assess(cart).action(Launch.parse({**start("n"), "image": {"id": "sha256:" + "0" * 64}}), NOW)
