"""What documents and arguments may be, and what is refused, with a reason."""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW

from imagegate import (
    DocumentSyntaxError,
    ImagegateError,
    ImageMismatchError,
    InvalidArgumentError,
    InvalidLaunchError,
    InvalidPolicyError,
    InvalidProfileError,
    InvalidUtf8Error,
    Launch,
    LimitExceededError,
    Limits,
    PolicySet,
    PolicyType,
    ScanProfile,
    ScanState,
    Status,
    UnsupportedError,
    decide_batch,
)

EMPTY: dict[str, Any] = {"version": 1, "policies": []}
LAUNCH: dict[str, Any] = {"version": 1, "image": {"reference": "nginx:1.27"}, "privileges": []}
PROFILE: dict[str, Any] = {"version": 1, "image": {"names": ["nginx:1.27"]}, "scan": {"state": "complete"}}


def policy(**members: object) -> dict[str, Any]:
    return {
        "id": "p",
        "name": "p",
        "type": "unscanned",
        "enabled": True,
        "enabled_at": "2026-11-01T00:00:00Z",
        "enforcement": {"mode": "immediate"},
        "scope": {"images": "all"},
        "criteria": {"states": ["not_scanned"]},
        **members,
    }


def test_text_bytes_dicts_and_paths_are_the_same_document(tmp_path: Path) -> None:
    document = {"version": 1, "label": "Größe", "policies": []}
    text = json.dumps(document, ensure_ascii=False)
    path = tmp_path / "policies.json"
    path.write_text(text, "utf-8")
    raw = text.encode()
    for given in (text, raw, bytearray(raw), memoryview(raw), document, types.MappingProxyType(document), path):
        policies = PolicySet.parse(given)
        assert policies.label == "Größe"
        assert policies.to_dict() == document
        assert len(policies) == 0 and bool(policies)


def test_a_list_is_a_document_too() -> None:
    inspect = [{"Id": "a" * 64, "Name": "/web", "Image": "sha256:" + "b" * 64, "Config": {"Image": "nginx"}, "HostConfig": {}}]
    assert Launch.parse(inspect).image_reference == "nginx"


def test_aware_datetimes_in_dicts_are_times() -> None:
    zone = timezone(timedelta(hours=8))
    at = datetime(2026, 11, 1, 8, 0, 0, 500, tzinfo=zone)
    policies = PolicySet.parse({"version": 1, "policies": [policy(enabled_at=at)]})
    assert policies.policies[0].intercepts_from == at
    with pytest.raises(TypeError, match="no time zone"):
        PolicySet.parse({"version": 1, "policies": [policy(enabled_at=at.replace(tzinfo=None))]})


@pytest.mark.parametrize("parse", [PolicySet.parse, ScanProfile.parse, Launch.parse, ScanProfile.parse_all, Launch.parse_all])
def test_what_is_no_document_is_refused(parse: Callable[[Any], object], tmp_path: Path) -> None:
    for wrong in (None, 1, 1.5, True, object(), {1, 2}, PolicySet):
        with pytest.raises(TypeError, match="expected a document as str, bytes, dict, list or path"):
            parse(wrong)
    with pytest.raises(InvalidUtf8Error):
        parse('{"version": "\ud800"}')
    with pytest.raises(InvalidArgumentError, match="surrogate"):
        parse({"version": "\ud800"})
    with pytest.raises(TypeError, match="not `set`"):
        parse({"version": {1}})
    with pytest.raises(InvalidArgumentError, match="cannot be written as JSON"):
        parse({"version": float("nan")})
    itself: dict[str, object] = {}
    itself["self"] = itself
    with pytest.raises(InvalidArgumentError, match="Circular"):
        parse(itself)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidArgumentError, match="too deeply"):
        parse(deep)
    del deep
    with pytest.raises(LimitExceededError, match="64"):
        parse("[" * 100_000)
    with pytest.raises(FileNotFoundError, match="missing") as missing:
        parse(tmp_path / "missing.json")
    assert missing.value.filename == str(tmp_path / "missing.json")
    with pytest.raises(IsADirectoryError):
        parse(tmp_path)
    with pytest.raises(InvalidArgumentError, match="pathlib"):
        parse("policies.json")
    for wrong in ("", " \n", b"", b"\xff\xfe{}", "{", '{"version": 1', b'{"a": "\xff"}', b"\x00", b"{}\x00"):
        with pytest.raises(ImagegateError) as refused:
            parse(wrong)
        assert refused.value.kind in {"syntax", "unsupported", "invalid_policy"}, wrong


def test_an_error_says_what_where_and_what_would_be_right() -> None:
    text = '{\n  "version": 1,\n  "policies": [{"id": "a b", "nane": "ä"}]\n}'
    with pytest.raises(InvalidPolicyError) as raised:
        PolicySet.parse(text)
    error = raised.value
    assert isinstance(error, ValueError)
    assert error.kind == "invalid_policy" and error.code == error.problems[0].code
    assert ("invalid_id", "/policies/0/id") in [(problem.code, problem.pointer) for problem in error.problems]
    assert error.pointer == error.problems[0].pointer
    assert (error.line, error.problems[0].line) == (3, 3) and error.column is not None and error.column > 1
    assert all(problem.message and "\n" not in problem.message for problem in error.problems)
    assert str(error).endswith(f"(and {len(error.problems) - 1} more problems)")
    assert str(error.problems[0]).startswith("line 3 column ")


def test_none_is_no_profile(policies: PolicySet) -> None:
    wrong: Any
    for wrong in (None, {}, "profile", policies):
        with pytest.raises(TypeError, match="ScanProfile"):
            policies.assess(wrong)
    with pytest.raises(TypeError, match="assess_unscanned"):
        policies.assess(None)  # type: ignore[arg-type]


def test_reports_name_their_image_or_are_told_it() -> None:
    report = {"SchemaVersion": 2, "ArtifactName": "rootfs", "ArtifactType": "filesystem", "Results": []}
    with pytest.raises(InvalidProfileError, match="name the image") as raised:
        ScanProfile.parse(report)
    assert raised.value.code == "missing_identity"
    profile = ScanProfile.parse_for("nginx:1.27", report)
    assert profile.image_names == ("nginx:1.27",)
    assert [profile] == ScanProfile.parse_all(report, image="nginx:1.27", format="trivy")
    with pytest.raises(InvalidArgumentError):
        ScanProfile.parse_for("no image!", report)
    with pytest.raises(TypeError):
        ScanProfile.parse_for(None, report)  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError, match="trivy"):
        ScanProfile.parse(report, format="trivvy")
    with pytest.raises(UnsupportedError) as unknown:
        ScanProfile.parse({"hello": "world"})
    assert unknown.value.code == "unknown_format"
    assert {"imagegate", "trivy", "grype"} <= set(ScanProfile.formats())
    assert {"imagegate", "docker-create", "kubernetes"} <= set(Launch.formats())


def test_profiles_are_merged_or_refused() -> None:
    one = ScanProfile.parse({**PROFILE, "vulnerabilities": [{"id": "CVE-2022-0778", "package": {"name": "openssl"}}]})
    two = ScanProfile.parse({**PROFILE, "scan": {"state": "failed"}, "malware": [{"path": "/x"}]})
    merged = one.merge(two)
    assert merged == two.merge(one) and hash(merged) == hash(two.merge(one))
    assert merged.counts.to_dict() == {"vulnerabilities": 1, "malware": 1, "sensitive": 0}
    assert merged.scan_state == ScanState.PARTIAL
    assert one.merge() == one
    other = ScanProfile.parse({**PROFILE, "image": {"id": "sha256:" + "1" * 64}})
    with pytest.raises(ImageMismatchError):
        other.merge(ScanProfile.parse({**PROFILE, "image": {"id": "sha256:" + "2" * 64}}))
    with pytest.raises(TypeError):
        one.merge(None)  # type: ignore[arg-type]


def test_vex_marks_findings_and_excuses_where_it_is_trusted() -> None:
    image_id = "sha256:" + "1" * 64
    profile = ScanProfile.parse(
        {
            **PROFILE,
            "image": {"id": image_id, "digests": [f"nginx@sha256:{'2' * 64}"]},
            "vulnerabilities": [{"id": "CVE-2022-0778", "severity": "critical", "package": {"name": "openssl"}}],
        }
    )
    vex = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        "author": "security@example.com",
        "timestamp": "2026-11-01T00:00:00Z",
        "version": 1,
        "statements": [
            {
                "vulnerability": {"name": "CVE-2022-0778"},
                "products": [{"@id": f"pkg:oci/nginx@sha256%3A{'2' * 64}"}],
                "status": "not_affected",
                "justification": "vulnerable_code_not_in_execute_path",
            }
        ],
    }
    marked = profile.with_vex(vex)
    [finding] = marked.to_dict()["vulnerabilities"]
    assert finding["suppressed"]["by"] == "vex"
    assert profile.with_vex() == profile and marked != profile
    document = {"version": 1, "policies": [policy(type="risk", criteria={"vulnerabilities": {"severities": ["critical"]}})]}
    trusting = {**document, "trust": {"by": ["vex"], "authors": ["security@example.com"]}}
    launch = Launch.parse({**LAUNCH, "image": {"id": image_id}})
    actions = [PolicySet.parse(one).assess(marked).action(launch, NOW) for one in (document, trusting)]
    assert actions == ["intercept", "allow"]
    for wrong in ({"hello": "world"}, PROFILE):
        with pytest.raises(UnsupportedError):
            profile.with_vex(wrong)
    with pytest.raises(TypeError):
        profile.with_vex(None)  # type: ignore[arg-type]


def test_launches_take_what_the_caller_knows() -> None:
    body = {"Image": "nginx:1.27", "HostConfig": {}}
    image_id = "sha256:" + "a" * 64
    launch = Launch.parse(body, id=image_id)
    assert (launch.image_reference, launch.image_id, launch.image_digest) == ("nginx:1.27", image_id, None)
    with pytest.raises(ImageMismatchError):
        Launch.parse({**LAUNCH, "image": {"id": image_id}}, id="sha256:" + "b" * 64)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"containers": [{"name": "a", "image": "nginx"}, {"name": "b", "image": "redis"}]},
    }
    assert [one.container for one in Launch.parse_all(pod)] == ["a", "b"]
    with pytest.raises(InvalidLaunchError, match="parse_all"):
        Launch.parse(pod)
    with pytest.raises(InvalidLaunchError):
        Launch.parse({"version": 1, "image": {"reference": "nginx"}}, format="imagegate")


def test_limits_are_named_when_they_are_exceeded(tmp_path: Path) -> None:
    text = json.dumps({"version": 1, "policies": [policy()]})
    path = tmp_path / "policies.json"
    path.write_text(text)
    for given in (text, path):
        with pytest.raises(LimitExceededError, match="10"):
            PolicySet.parse(given, limits=Limits(bytes=10))
    with pytest.raises(LimitExceededError):
        PolicySet.parse(text, limits=Limits(policies=0))
    assert len(PolicySet.parse(text, limits=Limits(bytes=len(text)))) == 1
    with pytest.raises(InvalidArgumentError, match="bytes"):
        PolicySet.parse(text, limits=Limits(bytes=-1))
    with pytest.raises(InvalidArgumentError, match="depth"):
        PolicySet.parse(text, limits=Limits(depth=257))
    for wrong in (10, Limits(bytes="many")):  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            PolicySet.parse(text, limits=wrong)  # type: ignore[arg-type]
    # The deepest document that can be allowed is read or refused, and exhausts no stack.
    nested = '{"a":' * 255 + "1" + "}" * 255
    for parse in (PolicySet.parse, ScanProfile.parse, Launch.parse):
        with pytest.raises(ImagegateError):
            parse(nested, limits=Limits(depth=256))


@pytest.mark.parametrize(
    ("now", "printed"),
    [
        ("2026-11-24T14:00:00.5+08:00", "2026-11-24T06:00:00.5Z"),
        (datetime(2026, 11, 24, 6, tzinfo=timezone.utc), "2026-11-24T06:00:00Z"),
        (datetime(2026, 11, 24, 14, 0, 0, 5, tzinfo=timezone(timedelta(hours=8))), "2026-11-24T06:00:00.000005Z"),
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc), "1969-12-31T23:59:59.999999Z"),
        (datetime(1, 1, 1, tzinfo=timezone.utc), "0001-01-01T00:00:00Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc), "9999-12-31T23:59:59.999999Z"),
        # An offset with seconds is no RFC 3339, but an instant.
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=1172))), "2025-12-31T23:40:28Z"),
    ],
)
def test_now_is_a_string_or_an_aware_datetime(now: datetime | str, printed: str) -> None:
    decision = PolicySet.parse(EMPTY).assess_unscanned().decide(Launch.parse(LAUNCH), now)
    assert decision.to_dict()["decided_at"] == printed
    if isinstance(now, datetime):
        assert decision.decided_at == now
        assert decision.decided_at.tzinfo is timezone.utc


def test_a_finer_datetime_keeps_its_nanoseconds() -> None:
    class Fine(timedelta):
        nanoseconds = 7

    class Stamp(datetime):
        def __sub__(self, other: Any) -> Any:
            difference = super().__sub__(other)
            return Fine(difference.days, difference.seconds, difference.microseconds)

    now = Stamp(2026, 11, 24, 6, 0, 0, 1, tzinfo=timezone.utc)
    decision = PolicySet.parse(EMPTY).assess_unscanned().decide(Launch.parse(LAUNCH), now)
    assert decision.to_dict()["decided_at"] == "2026-11-24T06:00:00.000001007Z"


def test_without_now_it_is_the_current_time() -> None:
    policies, launch = PolicySet.parse(EMPTY), Launch.parse(LAUNCH)
    before = datetime.now(timezone.utc)
    decided = [
        policies.assess_unscanned().decide(launch).decided_at,
        policies.assess_unscanned().decide(launch, None).decided_at,
        decide_batch([(policies.assess_unscanned(), launch)])[0].decided_at,
    ]
    after = datetime.now(timezone.utc)
    assert all(before - timedelta(microseconds=1) <= at <= after for at in decided)


def test_what_is_no_instant_is_refused() -> None:
    assessment, launch = PolicySet.parse(EMPTY).assess_unscanned(), Launch.parse(LAUNCH)
    with pytest.raises(TypeError, match="no time zone"):
        assessment.decide(launch, datetime(2026, 11, 24))
    for wrong in (0, 1.5, datetime(2026, 11, 24).date(), b"2026-11-24T06:00:00Z", True):
        with pytest.raises(TypeError, match="aware datetime"):
            assessment.decide(launch, wrong)  # type: ignore[arg-type]
    for text in ("", "yesterday", "2026-11-24", "2026-11-24 06:00:00Z", "2026-11-24T06:00:00", "\ud800"):
        with pytest.raises((InvalidArgumentError, TypeError)):
            assessment.decide(launch, text)
    for wrong_launch in (None, LAUNCH, assessment):
        with pytest.raises(TypeError):
            assessment.decide(wrong_launch, NOW)  # type: ignore[arg-type]


def test_status_and_overview_follow_the_instant() -> None:
    policies = PolicySet.parse(
        {
            "version": 1,
            "policies": [
                policy(enforcement={"mode": "observe", "days": 7}),
                {**policy(id="off", name="off"), "enabled": False, "enabled_at": None, "enforcement": {"mode": "alarm"}},
            ],
        }
    )
    assert [one.status for one in policies.status("2026-11-02T00:00:00Z")] == [Status.OBSERVING, Status.DISABLED]
    assert policies.overview("2026-11-02T00:00:00Z").to_dict() == {
        "all": 2,
        "enabled": 1,
        "pending": 0,
        "observing": 1,
        "effective": 0,
    }
    first, second = policies.policies
    assert (first.type, first.enforcement.mode, first.enforcement.days) == (PolicyType.UNSCANNED, "observe", 7)
    assert first.intercepts_from == datetime(2026, 11, 8, tzinfo=timezone.utc) and second.intercepts_from is None


def test_lint_names_dead_exceptions() -> None:
    document = {
        "version": 1,
        "policies": [
            policy(type="risk", criteria={"vulnerabilities": {"severities": ["critical"]}})
        ],
        "exceptions": [{"reason": "typo", "ids": ["CVE-2022-0779"]}],
    }
    profile = {**PROFILE, "vulnerabilities": [{"id": "CVE-2022-0778", "severity": "critical", "package": {"name": "openssl"}}]}
    lints = PolicySet.parse(document).lint([ScanProfile.parse(profile)], now=NOW)
    assert "dead_exception" in [lint.code for lint in lints]
    for wrong in ([None], 5):
        with pytest.raises(TypeError):
            PolicySet.parse(document).lint(wrong)  # type: ignore[arg-type]
