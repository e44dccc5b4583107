"""Threads, the interpreter lock, signals, other processes, and memory."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import NOW

from imagegate import (
    Action,
    Decision,
    Gate,
    ImageMismatchError,
    ImagegateError,
    InvalidArgumentError,
    Launch,
    PolicySet,
    ScanProfile,
    decide_batch,
)

OTHER_IMAGE = {"version": 1, "image": {"reference": "x", "id": "sha256:" + "0" * 64}, "privileges": []}


def risk(count: int) -> dict[str, Any]:
    return {
        "version": 1,
        "policies": [
            {
                "id": f"p{number}",
                "name": f"p{number}",
                "type": "risk",
                "enabled": True,
                "enabled_at": "2026-01-01T00:00:00Z",
                "enforcement": {"mode": "immediate"},
                "scope": {"images": "all"},
                "criteria": {"vulnerabilities": {"severities": ["critical"], "only": {"fix_available": True}}},
            }
            for number in range(count)
        ],
    }


def report(count: int) -> dict[str, Any]:
    return {
        "version": 1,
        "image": {"names": ["nginx:1.27"]},
        "scan": {"state": "complete"},
        "vulnerabilities": [
            {
                "id": f"CVE-2024-{number}",
                "severity": "critical",
                "package": {"name": f"lib{number}", "version": "1"},
                "fix": {"versions": ["2"]},
            }
            for number in range(count)
        ],
    }


@pytest.fixture
def never_switch() -> Iterator[None]:
    """Threads keep the interpreter until they give it up themselves."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(10_000)
    yield
    sys.setswitchinterval(before)


def lets_others_run(work: Callable[[], object], attempts: int) -> bool:
    """Whether another thread runs while `work` does. Repeated, since the other may be slow to wake; but if `work` keeps
    the interpreter, no number of attempts lets it run."""
    start, ran = threading.Lock(), threading.Event()
    start.acquire()

    def other() -> None:
        with start:
            ran.set()

    thread = threading.Thread(target=other)
    thread.start()
    start.release()
    seen = False
    for _ in range(attempts):
        work()
        # No call here may give up the interpreter: `is_set` only looks.
        if ran.is_set():
            seen = True
            break
    thread.join()
    return seen


@pytest.mark.usefixtures("never_switch")
def test_the_interpreter_is_released_while_the_library_works() -> None:
    policies = PolicySet.parse(risk(50))
    profile_json = ScanProfile.parse(report(5_000)).to_json()
    profile = ScanProfile.parse(profile_json)
    policies_json = PolicySet.parse(risk(2_000)).to_json()
    launch = Launch.parse({"version": 1, "image": {"reference": "nginx:1.27"}, "privileges": []})
    launch_json = Launch.parse({**launch.to_dict(), "privileges": [f"host_path:/{n}" for n in range(300)]}).to_json()
    pairs = [(policies.assess(profile), launch)] * 20_000
    decision = pairs[0][0].decide(launch, NOW)
    gate = Gate(policies)
    releasing: dict[str, Callable[[], object]] = {
        "PolicySet.parse": lambda: PolicySet.parse(policies_json),
        "ScanProfile.parse": lambda: ScanProfile.parse(profile_json),
        "Launch.parse": lambda: Launch.parse(launch_json),
        "assess": lambda: policies.assess(profile),
        "merge": lambda: profile.merge(profile),
        "decide_batch": lambda: decide_batch(pairs, NOW),
        "decide_batch on two threads": lambda: decide_batch(pairs, NOW, 2),
        "to_json of many events": decision.to_json,
        "put_profile": lambda: gate.put_profile(profile),
    }
    kept = [name for name, work in releasing.items() if not lets_others_run(work, 3_000)]
    assert kept == []
    # The same observation says no where the interpreter is kept: it can fail.
    assert not lets_others_run(lambda: pairs[0][0].decide(launch, NOW), 3_000)


def test_all_objects_can_be_shared_by_threads(policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> None:
    assessment, gate = policies.assess(cart), Gate(policies)
    gate.put_profile(cart)
    golden = assessment.decide(cart_launch, NOW)
    other = Launch.parse({"version": 1, "image": {"reference": "nginx"}, "privileges": []})
    start = threading.Barrier(8)

    def work(number: int) -> list[Decision]:
        start.wait()
        found = []
        for turn in range(200):
            found.append(assessment.decide(cart_launch, NOW))
            found.append(gate.decide(cart_launch, NOW))
            if number == 0:
                gate.reload(PolicySet.parse(policies.to_json()))
            if turn % 50 == 0:
                found.extend(decide_batch([(assessment, cart_launch)] * 10, NOW, 2))
            assert gate.decide(other, NOW).action in tuple(Action)
        return found

    with ThreadPoolExecutor(8) as pool:
        for decisions in pool.map(work, range(8)):
            assert len({one.to_json() for one in decisions}) == 1 and decisions[0] == golden
    events = [assessment.decide(cart_launch, NOW)] * 8
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda one: id(one.events), events))) == 1


def test_a_batch_says_which_pair_failed_or_keeps_the_others(policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> None:
    good, bad = (policies.assess(cart), cart_launch), (policies.assess(cart), Launch.parse(OTHER_IMAGE))
    for threads in (1, 2, 5):
        with pytest.raises(ImageMismatchError) as raised:
            decide_batch([good, good, bad, good], NOW, threads)
        assert "in pair 2 of the batch" in getattr(raised.value, "__notes__")[0]
        kept = decide_batch([good, bad, good], NOW, threads, return_exceptions=True)
        assert [type(one) for one in kept] == [Decision, ImageMismatchError, Decision]
        assert isinstance(kept[1], ImagegateError)
    assert decide_batch([], NOW, 4) == []
    assert decide_batch(iter([good]), NOW)[0] == good[0].decide(cart_launch, NOW)
    many = decide_batch([good] * 140_000 + [bad], NOW, 2, return_exceptions=True)
    assert len(many) == 140_001 and isinstance(many[-1], ImageMismatchError)


def test_a_batch_takes_nothing_but_pairs(policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> None:
    assessment = policies.assess(cart)
    wrong: Any
    for wrong in (None, 5, [None], [(assessment,)], [(cart_launch, assessment)], [(assessment, None)], [(None, cart_launch)], "ab"):
        with pytest.raises(TypeError):
            decide_batch(wrong, NOW)
    for threads in (0, 257):
        with pytest.raises(InvalidArgumentError, match="between 1 and 256"):
            decide_batch([], NOW, threads)
    for wrong in (-1, 1.5, None, "2"):
        with pytest.raises((TypeError, OverflowError)):
            decide_batch([], NOW, wrong)

    def broken() -> Iterator[Any]:
        yield assessment, cart_launch
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        decide_batch(broken(), NOW)


def test_no_thread_outlives_a_batch(policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> None:
    if not os.path.isdir("/proc/self/task"):
        pytest.skip("needs Linux's /proc")
    before = set(os.listdir("/proc/self/task"))
    decide_batch([(policies.assess(cart), cart_launch)] * 100, NOW, 8)
    # Joined threads leave the list of the kernel a moment later.
    for _ in range(10_000):
        left = set(os.listdir("/proc/self/task")) - before
        if not left:
            return
    pytest.fail(f"{len(left)} threads are left")


def _elsewhere(pair: tuple[Any, Launch]) -> Decision:
    assessment, launch = pair
    decision: Decision = assessment.decide(launch, NOW)
    return decision


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_other_processes_decide_the_same(method: str, policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> None:
    pair = (policies.assess(cart), cart_launch)
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.map(_elsewhere, [pair, pair]) == [_elsewhere(pair)] * 2


def test_a_set_is_pickled_once_for_many_assessments(policies: PolicySet, cart: ScanProfile) -> None:
    assessment = policies.assess(cart)
    assert len(pickle.dumps([assessment] * 50)) < 1.1 * len(pickle.dumps(assessment)) + 1_000


def resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's /proc")
def test_memory_stays_flat_over_a_million_decisions(policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> None:
    assessment, gate = policies.assess(cart), Gate(policies)
    gate.put_profile(cart)
    bad = Launch.parse(OTHER_IMAGE)
    text, profile_text, launch_text = policies.to_json(), cart.to_json(), cart_launch.to_json()
    error: ImagegateError | None = None

    def everything() -> None:
        nonlocal error
        decision = gate.decide(cart_launch, NOW)
        assert decision.action == Action.INTERCEPT
        assert decision.events and decision.to_text() and decision.to_row() and decision.finding_rows()
        pickle.loads(pickle.dumps((decision, assessment, cart, cart_launch)))
        PolicySet.parse(text).assess(ScanProfile.parse(profile_text)).explain(Launch.parse(launch_text), NOW)
        decide_batch([(assessment, cart_launch), (assessment, bad)], NOW, 2, return_exceptions=True)
        gate.reload(policies)
        gate.put_profile(cart)
        try:
            assessment.decide(bad, NOW)
        except ImageMismatchError as mismatch:
            error = mismatch

    def decide(times: int) -> None:
        for _ in range(times):
            assessment.decide(cart_launch, NOW)

    def settle() -> int:
        gc.collect()
        return resident()

    decide(50_000)
    for _ in range(300):
        everything()
    before = settle()
    decide(1_000_000)
    after_decisions = settle()
    for _ in range(1_500):
        everything()
    after_everything = settle()
    assert error is not None
    # A leak of one byte a decision would be a megabyte; of one object a turn, some hundred kilobytes.
    assert after_decisions - before < 1 << 20, f"{after_decisions - before} bytes after a million decisions"
    assert after_everything - after_decisions < 4 << 20, f"{after_everything - after_decisions} bytes after 1,500 turns"
