"""The corpus of decisions: golden bytes, outcomes, errors, and the key recomputed by hashlib alone."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import Any

import aggregation_key
import corpus
import pytest

from imagegate import ImagegateError, Launch, PolicySet, ScanProfile, decide_batch


def test_every_decision_comes_out_with_the_golden_bytes() -> None:
    count = 0
    for case, decision in corpus.decided():
        assert decision.to_json() == case.golden, case.name
        count += 1
    assert count > 700


def test_every_policy_comes_out_as_expected() -> None:
    for case in corpus.cases():
        if "policies" not in case.expect:
            continue
        pair = case.assess()
        assert pair is not None
        explanations = pair[0].explain(pair[1], case.now)
        assert {one.id: one.outcome for one in explanations} == case.expect["policies"], case.name
        if "scope_part" in case.expect:
            parts = {one.id: one.part for one in explanations if one.part is not None}
            assert parts == case.expect["scope_part"], case.name


def test_every_error_has_its_kind_and_its_problems() -> None:
    count = 0
    for case in corpus.cases():
        if "error" not in case.expect:
            continue
        with pytest.raises(ImagegateError) as raised:
            case.decide()
        error, expected = raised.value, case.expect["error"]
        assert error.kind == expected["kind"], case.name
        if "problems" in expected:
            got = [{"code": problem.code, "pointer": problem.pointer} for problem in error.problems]
            assert got == expected["problems"], case.name
        count += 1
    assert count > 200


def test_every_key_can_be_computed_without_imagegate() -> None:
    keys = 0
    for case, decision in corpus.decided():
        assert case.policies is not None and case.launch is not None
        policies, launch = json.loads(case.policies), json.loads(case.launch)
        profile = None if case.profile is None else json.loads(case.profile)
        document = decision.to_dict()
        for event in document["events"]:
            key = aggregation_key.aggregation_key(event, document["decided_at"], policies, launch, profile)
            assert event["aggregation_key"] == key, case.name
            keys += 1
        assert decision.aggregation_key == (document["events"][0]["aggregation_key"] if document["events"] else None)
    assert keys > 500


def test_the_objects_say_the_same_as_the_document() -> None:
    for case, decision in corpus.decided():
        document = decision.to_dict()
        assert decision.action == document["action"]
        assert decision.event_count == len(decision.events) == len(document["events"])
        assert decision.image.to_dict() == document["image"]
        assert decision.launch.to_dict() == document["launch"]
        assert (decision.revision, decision.label) == tuple(document["policy_set"].values())
        # Times as objects are cut to microseconds.
        events = re.sub(r'("[-0-9]{10}T[:0-9]{8}\.\d{6})\d+Z"', r'\1Z"', corpus.dump(document["events"]))
        assert [event.to_dict() for event in decision.events] == json.loads(events), case.name


def test_a_batch_gives_the_same_bytes_on_one_thread_and_on_three() -> None:
    by_now: dict[str | None, list[corpus.Case]] = {}
    for case in corpus.cases():
        if "error" not in case.expect:
            by_now.setdefault(case.now, []).append(case)
    for now, group in by_now.items():
        pairs = [pair for case in group if (pair := case.assess()) is not None]
        for threads in (1, 3):
            decisions = decide_batch(pairs, now, threads)
            assert [one.to_json() for one in decisions] == [case.golden for case in group]


def test_pickled_and_copied_objects_are_equal_and_decide_the_same() -> None:
    for case, decision in corpus.decided():
        pair = case.assess()
        assert pair is not None
        for again in (pickle.loads(pickle.dumps(decision)), copy.deepcopy(decision), copy.copy(decision)):
            assert again == decision and hash(again) == hash(decision)
            assert again.to_json() == case.golden
            assert again.to_text() == decision.to_text() and repr(again) == repr(decision)
            assert (again.action, again.aggregation_key) == (decision.action, decision.aggregation_key)
            assert again.events == decision.events and again.launch == decision.launch
        assessment, launch = pickle.loads(pickle.dumps(pair))
        assert assessment.policies == pair[0].policies and assessment.profile == pair[0].profile
        assert launch == pair[1] and hash(launch) == hash(pair[1])
        assert assessment.decide(launch, case.now).to_json() == case.golden, case.name


def test_documents_as_dicts_are_the_same_documents() -> None:
    def parsed(text: str | None) -> Any:
        return None if text is None else json.loads(text)

    for case, decision in corpus.decided():
        assert case.policies is not None and case.launch is not None
        policies = PolicySet.parse(parsed(case.policies))
        launch = Launch.parse(parsed(case.launch), format="imagegate")
        if case.profile is None:
            assessment = policies.assess_unscanned()
        else:
            assessment = policies.assess(ScanProfile.parse(parsed(case.profile), format="imagegate"))
        assert assessment.decide(launch, case.now) == decision, case.name
