"""The cases of `testdata/cases`, which every language runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagegate import Assessment, Decision, Launch, PolicySet, ScanProfile

FOLDER = Path(__file__).resolve().parents[2] / "testdata/cases"


def dump(document: object) -> str:
    """One line of JSON, members in their order."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


@dataclass
class Case:
    name: str
    policies: str | None
    profile: str | None
    launch: str | None
    now: str | None
    expect: dict[str, Any]
    golden: str | None

    def read(self) -> tuple[PolicySet | None, ScanProfile | None, Launch | None]:
        """The documents, in the order in which all languages read them."""
        policies = None if self.policies is None else PolicySet.parse(self.policies)
        profile = None if self.profile is None else ScanProfile.parse(self.profile, format="imagegate")
        launch = None if self.launch is None else Launch.parse(self.launch, format="imagegate")
        return policies, profile, launch

    def assess(self) -> tuple[Assessment, Launch] | None:
        policies, profile, launch = self.read()
        if policies is None or launch is None:
            return None
        return (policies.assess_unscanned() if profile is None else policies.assess(profile)), launch

    def decide(self) -> Decision | None:
        pair = self.assess()
        return None if pair is None else pair[0].decide(pair[1], self.now)


def cases() -> Iterator[Case]:
    files = sorted(FOLDER.glob("*.json"))
    assert files, "the corpus is missing"
    for path in files:
        file = json.loads(path.read_text("utf-8"))
        for case in file["cases"]:

            def text(name: str, case: dict[str, Any] = case, file: dict[str, Any] = file) -> str | None:
                if f"{name}_text" in case:
                    return str(case[f"{name}_text"])
                if name in case:
                    return dump(case[name])
                return dump(file["policies"]) if name == "policies" and "policies" in file else None

            yield Case(
                name=f"{path.stem}: {case['name']}",
                policies=text("policies"),
                profile=text("profile"),
                launch=text("launch"),
                now=case.get("now"),
                expect=case["expect"],
                golden=dump(case["decision"]) if "decision" in case else None,
            )


def decided() -> Iterator[tuple[Case, Decision]]:
    """The cases that come out as a decision."""
    for case in cases():
        if "error" not in case.expect:
            decision = case.decide()
            assert decision is not None, case.name
            yield case, decision
