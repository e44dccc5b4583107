"""Results: frozen, comparable, printable, and in tables."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import imagegate
import pytest
from conftest import NOW

from imagegate import Action, Decision, Gate, Launch, PolicySet, ScanProfile, Severity


@pytest.fixture
def decision(policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> Decision:
    return policies.assess(cart).decide(cart_launch, NOW)


def test_a_decision_has_no_truth_value(decision: Decision) -> None:
    for value in (decision, decision.action, Action.ALLOW):
        with pytest.raises(TypeError, match="compare"):
            bool(value)
        with pytest.raises(TypeError):
            assert not value


def test_actions_and_severities_are_words_in_order() -> None:
    assert Action.INTERCEPT == "intercept"  # type: ignore[comparison-overlap]
    assert f"{Action.ALARM} {Action.ALLOW!s}" == "alarm allow"
    assert min(Action.ALLOW, Action.INTERCEPT, Action.ALARM) is Action.INTERCEPT
    assert min(Action.ALLOW, Action.ALARM) is Action.ALARM and max(Action.ALLOW, Action.ALARM) is Action.ALLOW
    assert Action.ALARM < "allow" and Action.ALARM >= Action.ALARM and not Action.ALLOW <= "alarm"
    assert sorted(Severity, reverse=True)[0] is Severity.UNKNOWN and min(Severity) is Severity.CRITICAL
    assert json.dumps([Action.ALLOW]) == '["allow"]'
    assert repr(Action.ALLOW) == "Action.ALLOW"
    assert hash(Action.ALLOW) == hash("allow")
    with pytest.raises(TypeError):
        assert Action.ALLOW < 1  # type: ignore[operator]
    with pytest.raises(ValueError):
        Action("permit")


def test_reprs_say_what_it_is(decision: Decision, policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> None:
    assert repr(decision).startswith("Decision(intercept, image='registry.example.com/shop/cart:1.4.2', policies=[")
    assert repr(policies).startswith("PolicySet(") and "policies=" in repr(policies)
    assert "scan_state='complete'" in repr(cart)
    assert repr(cart_launch).startswith("Launch(image=")
    assert repr(policies.assess_unscanned()).endswith("profile=None)")
    assert str(decision) == decision.to_text() and decision.to_text().startswith("INTERCEPT  ")


def test_native_objects_are_frozen(decision: Decision, policies: PolicySet, cart: ScanProfile) -> None:
    for target in (decision, policies, cart, decision.events[0], decision.events[0].evidence[0]):
        for name in ("action", "anything"):
            with pytest.raises((AttributeError, TypeError)):
                setattr(target, name, None)
    for cls in (Decision, PolicySet, ScanProfile, Launch, imagegate.Assessment):
        with pytest.raises(TypeError):
            cls()
        with pytest.raises(TypeError):
            type("Sub", (cls,), {})


def test_result_objects_are_values(decision: Decision) -> None:
    event = decision.events[0]
    assert event is decision.events[0]
    for value in (event, event.policy, event.evidence[0], event.evidence[0].findings[0]):
        assert dataclasses.is_dataclass(value)
        for again in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
            assert again == value and hash(again) == hash(value) and again is not event
        assert repr(value).startswith(type(value).__name__ + "(")
        assert json.loads(value.to_json()) == value.to_dict()
    match event:
        case imagegate.Event(_, _, action, imagegate.PolicySnapshot(name)):
            assert action is Action.INTERCEPT and name == event.policy.id
        case _:
            pytest.fail("events match by position")


def test_every_native_class_pickles_by_its_public_name(
    decision: Decision, policies: PolicySet, cart: ScanProfile, cart_launch: Launch
) -> None:
    for value in (decision, policies, cart, cart_launch):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(value, protocol)) == value
        assert type(value).__module__ == "imagegate"
        assert copy.copy(value) is value and copy.deepcopy([value])[0] is value
    with pytest.raises(TypeError, match="Gate"):
        pickle.dumps(Gate(policies))
    for wrong in ("{", "{}", '{"action": "allow"}'):
        with pytest.raises(ValueError):
            Decision._restore(wrong, "")


def test_what_was_read_within_wider_limits_is_pickled() -> None:
    names = [f"registry.example.com/{'a' * 1_100}"]
    document: dict[str, Any] = {
        "version": 1,
        "policies": [
            {
                "id": "p",
                "name": "p",
                "type": "unscanned",
                "enabled": False,
                "enforcement": {"mode": "alarm"},
                "scope": {"images": {"names": names}},
                "criteria": {"states": ["failed"]},
            }
        ],
    }
    with pytest.raises(imagegate.ImagegateError):
        PolicySet.parse(document)
    policies = PolicySet.parse(document, limits=imagegate.Limits(pattern=2_000))
    assert pickle.loads(pickle.dumps(policies)) == policies


def test_objects_of_other_types_are_not_equal(
    decision: Decision, policies: PolicySet, cart: ScanProfile, cart_launch: Launch
) -> None:
    for value in (decision, policies, cart, cart_launch):
        assert value != 1 and value != "x" and value is not None and value == value
    assert len({policies, PolicySet.parse(policies.to_json())}) == 1
    assert len({cart, ScanProfile.parse(cart.to_dict())}) == 1
    assert len({cart_launch, Launch.parse(cart_launch.to_dict())}) == 1
    assert decision != pickle.loads(pickle.dumps(decision.launch))


def test_errors_pickle_with_all_they_carry() -> None:
    with pytest.raises(imagegate.InvalidPolicyError) as raised:
        PolicySet.parse('{"version": 1, "policies": [{}]}')
    for again in (pickle.loads(pickle.dumps(raised.value)), copy.deepcopy(raised.value), copy.copy(raised.value)):
        assert type(again) is type(raised.value) and str(again) == str(raised.value)
        assert again.problems == raised.value.problems and again.to_dict() == raised.value.to_dict()


def test_every_kind_has_a_class_of_its_own() -> None:
    classes = [
        value
        for value in vars(imagegate).values()
        if isinstance(value, type) and issubclass(value, imagegate.ImagegateError) and value is not imagegate.ImagegateError
    ]
    kinds = {cls.kind for cls in classes}
    assert kinds == {
        "syntax",
        "invalid_policy",
        "invalid_profile",
        "invalid_launch",
        "invalid_event",
        "image_mismatch",
        "limit_exceeded",
        "unsupported",
        "storage",
        "invalid_utf8",
        "invalid_argument",
        "internal",
    }
    assert len(classes) == len(kinds)
    for cls in classes:
        error = cls("what was wrong")
        assert error.code == cls.kind and error.pointer is None and error.problems[0].message == "what was wrong"
        assert pickle.loads(pickle.dumps(error)).problems == error.problems
        assert isinstance(error, (ValueError, RuntimeError, OSError))


def test_html_escapes_what_images_say(policies: PolicySet) -> None:
    document: dict[str, Any] = {
        "version": 1,
        "label": "<script>",
        "policies": [
            {
                "id": "p",
                "name": "<b>bold</b>",
                "type": "risk",
                "enabled": True,
                "enabled_at": "2026-11-01T00:00:00Z",
                "enforcement": {"mode": "immediate"},
                "scope": {"images": "all"},
                "criteria": {"malware": {"any": True}},
            }
        ],
    }
    profile = ScanProfile.parse(
        {"version": 1, "image": {"names": ["nginx"]}, "malware": [{"path": "/<img src=x>", "family": "<i>"}]}
    )
    launch = Launch.parse(
        {"version": 1, "image": {"reference": "nginx"}, "container": {"name": "<u>"}, "privileges": ["host_path:/<x>"]}
    )
    evil = PolicySet.parse(document)
    shown = evil.assess(profile).decide(launch, NOW)
    for value in (shown, evil, profile, launch):
        html = value._repr_html_()
        assert "<table>" in html and "<script>" not in html
        for tag in ("<b>", "<i>", "<u>", "<img", "<x>"):
            assert tag not in html
    allowed = policies.assess(ScanProfile.parse({"version": 1, "image": {"names": ["nginx"]}, "scan": {"state": "complete"}}))
    assert "ALLOW" in PolicySet.parse({"version": 1}).assess_unscanned().decide(launch, NOW)._repr_html_()
    assert allowed.profile is not None


def test_rows_are_flat_and_all_alike(decision: Decision, policies: PolicySet) -> None:
    allowed = PolicySet.parse({"version": 1}).assess_unscanned().decide(decision.launch, NOW)
    rows = [decision.to_row(), allowed.to_row()]
    assert list(rows[0]) == list(rows[1])
    assert [row["action"] for row in rows] == ["intercept", "allow"]
    findings = decision.finding_rows()
    assert {row["id"] for row in findings} == {"CVE-2022-0778", "CVE-2023-45853"}
    assert [row["excused"] for row in findings] == [False, True]
    assert len({tuple(row) for row in findings}) == 1
    every: list[dict[str, Any]] = [*rows, *findings]
    for row in every:
        assert all(value is None or isinstance(value, (str, int, float, bool)) for value in row.values())


def test_a_gate_swaps_policies_and_knows_images(policies: PolicySet, cart: ScanProfile, cart_launch: Launch) -> None:
    gate = Gate(policies)
    assert gate.decide(cart_launch, NOW) == policies.assess_unscanned().decide(cart_launch, NOW)
    gate.put_profile(cart)
    assert gate.decide(cart_launch, NOW) == policies.assess(cart).decide(cart_launch, NOW)
    assert gate.action(cart_launch, NOW) is gate.decide(cart_launch, NOW).action
    assert gate.explain(cart_launch, NOW) == policies.assess(cart).explain(cart_launch, NOW)
    assert gate.policies == policies and gate.stats().profiles == 1
    gate.reload(PolicySet.parse({"version": 1}))
    assert gate.decide(cart_launch, NOW).action == Action.ALLOW
    assert len(gate.policies) == 0 and gate.stats().reloads == 1
    assert cart.image_id is not None and gate.remove_profile(cart.image_id) and not gate.remove_profile(cart.image_id)
    assert "profiles=0" in repr(gate)
    with pytest.raises(imagegate.LimitExceededError):
        Gate(policies, max_bytes=10).put_profile(cart)
    wrong: Any
    for wrong in (None, {}):
        with pytest.raises(TypeError):
            Gate(wrong)
        with pytest.raises(TypeError):
            gate.reload(wrong)
        with pytest.raises(TypeError):
            gate.put_profile(wrong)


def test_only_what_is_meant_is_public() -> None:
    public = {name for name in vars(imagegate) if not name.startswith("_")}
    assert public == {name for name in imagegate.__all__ if not name.startswith("_")}
    for name in imagegate.__all__:
        value = getattr(imagegate, name)
        if isinstance(value, type) or callable(value):
            assert name == "Finding" or value.__doc__ or value is imagegate.decide_batch, name
