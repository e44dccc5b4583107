"""The cost of a decision from Python, beside cedarpy and an indexed implementation in plain Python, in one run.

    cargo xtask python                # builds and installs the wheel
    cargo xtask python-bench          # --quick measures the smaller scenarios only

All answers are compared before anything is timed. Times are CPU times of the process, the least and the median of
several runs; batches are measured by the clock, since they use several threads.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import cedar
import pure
import scenario

from imagegate import Launch, PolicySet, ScanProfile, __version__, decide_batch

NOW = pure.NOW
NOW_TEXT = "2026-11-24T06:00:00Z"
CELLS = [(10, 200), (100, 200), (100, 2_000), (1_000, 2_000)]
Times = tuple[float, float]
Answer = tuple[str, list[str]]


def measure(call: Callable[[], object], clock: Callable[[], int] = time.process_time_ns, runs: int = 7) -> Times:
    """Nanoseconds of one call: the least and the median."""
    start = clock()
    call()
    once = max(clock() - start, 1)
    times = max(1, min(100_000, 50_000_000 // once))
    repeated = range(times)
    samples = []
    for _ in range(runs if once < 200_000_000 else 3):
        start = clock()
        for _ in repeated:
            call()
        samples.append((clock() - start) / times)
    return min(samples), statistics.median(samples)


def show(nanoseconds: float) -> str:
    for unit, size in (("ns", 1.0), ("µs", 1e3), ("ms", 1e6)):
        if nanoseconds < 1_000 * size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds / 1e9:.3g} s"


class Everybody:
    """All who are measured, with everything prepared."""

    def __init__(self, policies: int, findings: int, kind: str) -> None:
        self.scenario = made = scenario.make(policies, findings, kind)
        self.policies_json = json.dumps(made.policies)
        self.profile_json = json.dumps(made.profile)
        self.launch_json = json.dumps(made.launch)
        self.trivy_json = json.dumps(scenario.trivy(made))
        self.policies = PolicySet.parse(self.policies_json)
        self.assessment = self.policies.assess(ScanProfile.parse(self.profile_json))
        self.launch = Launch.parse(self.launch_json)
        self.pure = pure.Policies(made.policies)
        self.pure_assessment = self.pure.assess(made.profile)
        self.cedar = cedar.Peer(made)
        self.cedar_entities = self.cedar.entities(made.profile, made.launch)

    def answers(self) -> dict[str, Answer]:
        decision = self.assessment.decide(self.launch, NOW)
        [batched] = decide_batch([(self.assessment, self.launch)], NOW)
        made = self.scenario
        found = {
            "nested loops": pure.naive(made.rules, made.profile, made.launch),
            "imagegate": (decision.action.value, [event.policy.id for event in decision.events]),
            "imagegate, batch": (batched.action.value, [event.policy.id for event in batched.events]),
            "plain Python": self.pure_assessment.decide(made.launch, NOW),
            "cedarpy": self.cedar.decide(self.cedar_entities),
        }
        return {who: (action, sorted(hits)) for who, (action, hits) in found.items()}

    def trivy_answers(self) -> dict[str, Answer]:
        """The same from a report that knows vulnerabilities only."""
        made = self.scenario
        only = {**made.profile, "malware": [], "sensitive": []}
        found = {
            "nested loops": pure.naive(made.rules, only, made.launch),
            "imagegate": self.from_trivy(),
            "plain Python": self.pure_from_trivy(),
            "cedarpy": self.cedar_from_trivy(),
        }
        return {who: (action, sorted(hits)) for who, (action, hits) in found.items()}

    def from_json(self) -> object:
        profile = ScanProfile.parse(self.profile_json)
        return self.policies.assess(profile).action(Launch.parse(self.launch_json), NOW)

    def pure_from_json(self) -> object:
        return self.pure.assess(json.loads(self.profile_json)).decide(json.loads(self.launch_json), NOW)

    def cedar_from_json(self) -> object:
        profile, launch = json.loads(self.profile_json), json.loads(self.launch_json)
        return self.cedar.decide(self.cedar.entities(profile, launch))

    def from_trivy(self) -> Answer:
        profile = ScanProfile.parse(self.trivy_json)
        decision = self.policies.assess(profile).decide(Launch.parse(self.launch_json), NOW)
        return decision.action.value, [event.policy.id for event in decision.events]

    def verdict_from_trivy(self) -> object:
        return self.policies.assess(ScanProfile.parse(self.trivy_json)).action(Launch.parse(self.launch_json), NOW)

    def pure_from_trivy(self) -> Answer:
        profile = pure.profile_of_trivy(json.loads(self.trivy_json))
        return self.pure.assess(profile).decide(json.loads(self.launch_json), NOW)

    def cedar_from_trivy(self) -> Answer:
        profile = pure.profile_of_trivy(json.loads(self.trivy_json))
        return self.cedar.decide(self.cedar.entities(profile, json.loads(self.launch_json)))

    def rows(self) -> dict[str, Callable[[], object]]:
        verdict, decide, launch, raw_launch = self.assessment.action, self.assessment.decide, self.launch, self.scenario.launch
        return {
            "prepared: imagegate, action alone": lambda: verdict(launch, NOW),
            "prepared: imagegate, decision and its action": lambda: decide(launch, NOW).action,
            "prepared: imagegate, action alone, `now` as a string": lambda: verdict(launch, NOW_TEXT),
            "prepared: imagegate, decision and its key": lambda: decide(launch, NOW).aggregation_key,
            "prepared: imagegate, evidence as JSON": lambda: decide(launch, NOW).to_json(),
            "prepared: plain Python, indexed": lambda: self.pure_assessment.decide(raw_launch, NOW),
            "prepared: cedarpy": lambda: self.cedar.decide(self.cedar_entities),
            "report and launch as JSON: imagegate": self.from_json,
            "report and launch as JSON: plain Python, indexed": self.pure_from_json,
            "report and launch as JSON: cedarpy": self.cedar_from_json,
            "Trivy report and launch: imagegate": self.verdict_from_trivy,
            "Trivy report and launch: plain Python, indexed": self.pure_from_trivy,
            "Trivy report and launch: cedarpy": self.cedar_from_trivy,
            "policies as JSON, prepared: imagegate": lambda: PolicySet.parse(self.policies_json),
            "policies as JSON, prepared: plain Python": lambda: pure.Policies(json.loads(self.policies_json)),
        }


def compare_answers(cells: list[tuple[int, int]]) -> None:
    hits = {}
    for policies, findings in cells:
        for kind in scenario.KINDS:
            everybody = Everybody(policies, findings, kind)
            for answers in (everybody.answers(), everybody.trivy_answers()):
                expected = answers["nested loops"]
                for who, answer in answers.items():
                    if answer != expected:
                        sys.exit(f"{policies} × {findings}, {kind}: {who} answers {answer}, nested loops {expected}")
            hits[kind] = len(everybody.answers()["nested loops"][1])
    assert hits["clean"] == 0 and hits["one hit"] == 1 and hits["dirty"] > 1 and hits["mixed"] > 1, hits
    print(f"Answers agree: {len(cells)} sizes, {len(hits)} kinds of images; hits in the last size: {hits}\n")


def table(head: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(head) + " |")
    print("|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def decisions(cells: list[tuple[int, int]]) -> None:
    cells_of_row: dict[str, list[str]] = {}
    best: dict[str, list[float]] = {}
    for policies, findings in cells:
        for name, call in Everybody(policies, findings, "one hit").rows().items():
            least, median = measure(call)
            cells_of_row.setdefault(name, []).append(f"{show(least)} ({show(median)})")
            best.setdefault(name, []).append(least)
    print("One hit; policies × findings; least (median):\n")
    head = ["", *(f"{policies} × {findings}" for policies, findings in cells)]
    rows = [[name, *shown] for name, shown in cells_of_row.items()]
    for what, ours, theirs in [
        ("action alone", "prepared: imagegate, action alone", "prepared: plain Python, indexed"),
        ("with key", "prepared: imagegate, decision and its key", "prepared: plain Python, indexed"),
        ("action alone", "prepared: imagegate, action alone", "prepared: cedarpy"),
        ("as JSON", "report and launch as JSON: imagegate", "report and launch as JSON: plain Python, indexed"),
        ("as JSON", "report and launch as JSON: imagegate", "report and launch as JSON: cedarpy"),
        ("Trivy", "Trivy report and launch: imagegate", "Trivy report and launch: plain Python, indexed"),
        ("Trivy", "Trivy report and launch: imagegate", "Trivy report and launch: cedarpy"),
    ]:
        ratios = [f"{other / mine:.2f} ×" for mine, other in zip(best[ours], best[theirs])]
        rows.append([f"*{theirs.split(': ')[1]} ÷ imagegate, {what}*", *ratios])
    table(head, rows)


def batches(policies: int, findings: int, size: int) -> None:
    everybody = Everybody(policies, findings, "one hit")
    one_image = [(everybody.assessment, everybody.launch)] * size
    profile = ScanProfile.parse(everybody.profile_json)
    assessments = [everybody.policies.assess(profile) for _ in range(16)]
    images = [(assessments[number % 16], everybody.launch) for number in range(size)]
    rows = []
    for name, pairs in (("of one image", one_image), ("of 16 assessments", images)):
        shown, least = [name], []
        for threads in (1, 2):

            def call(pairs: Any = pairs, threads: int = threads) -> object:
                return decide_batch(pairs, NOW, threads)

            once, _ = measure(call, time.perf_counter_ns, runs=9)
            least.append(once)
            shown.append(f"{size / once * 1e3:.2f} million/s")
        rows.append([*shown, f"{least[0] / least[1]:.2f} ×"])
    print(f"`decide_batch` with {size:,} pairs, {policies} × {findings}; best of 9 by the clock, with building the list:\n")
    table(["", "1 thread", "2 threads", "2 against 1"], rows)


def main() -> None:
    cells = CELLS[:2] if "--quick" in sys.argv else CELLS
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"imagegate {__version__}, Python {platform.python_version()}, {platform.machine()}, "
        f"{os.cpu_count()} CPUs{load}\n"
    )
    compare_answers(cells)
    decisions(cells)
    batches(100, 200, 100_000)


if __name__ == "__main__":
    main()
