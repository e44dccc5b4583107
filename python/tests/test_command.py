"""The `imagegate` command that the wheel installs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import imagegate

COMMAND = Path(sysconfig.get_path("scripts")) / "imagegate"


def run(*args: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *args], cwd=cwd, input=stdin, capture_output=True, text=True, check=False)


def decide(image: str, now: str, *more: str) -> list[str]:
    return [
        "decide",
        *("--policies", "policies.json"),
        *("--profile", f"{image}-trivy.json"),
        *("--launch", f"{image}-docker-create.json"),
        *("--now", now),
        *more,
    ]


def test_it_decides_with_the_exit_code_of_the_verdict(root: Path) -> None:
    folder = root / "examples"
    done = run(*decide("cart", "2026-11-24T06:00:00Z"), cwd=folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("INTERCEPT  registry.example.com/shop/cart:1.4.2\n")
    assert run(*decide("cart", "2026-11-10T06:00:00Z"), cwd=folder).returncode == 0
    assert run(*decide("web", "2026-11-24T06:00:00Z"), cwd=folder).returncode == 0
    done = run(*decide("cart", "2026-11-24T06:00:00Z", "--format", "json"), cwd=folder)
    policies = imagegate.PolicySet.parse(folder / "policies.json")
    profile = imagegate.ScanProfile.parse(folder / "cart-trivy.json")
    launch = imagegate.Launch.parse(folder / "cart-docker-create.json")
    decision = policies.assess(profile).decide(launch, "2026-11-24T06:00:00Z")
    assert json.loads(done.stdout) == decision.to_dict() and done.stdout == decision.to_json() + "\n"


def test_errors_never_end_with_0(root: Path, tmp_path: Path) -> None:
    for args in (["decide"], ["decide", "--policies", "missing.json", "--launch", "missing.json"], ["--nonsense"], []):
        done = run(*args, cwd=tmp_path)
        assert done.returncode == 2 and done.stdout == "" and done.stderr, args
    raw = os.fsencode(str(tmp_path)) + b"/\xff.json"
    assert subprocess.run([os.fsencode(COMMAND), b"check", raw], capture_output=True, check=False).returncode == 2
    Path(os.fsdecode(raw)).write_bytes(b'{"version": 1}')
    assert subprocess.run([os.fsencode(COMMAND), b"check", raw], capture_output=True, check=False).returncode == 0


def test_the_version_is_the_wheel_s(root: Path) -> None:
    assert run("--version", cwd=root).stdout.strip() == f"imagegate {imagegate.__version__}"
    manifest = (root / "Cargo.toml").read_text("utf-8")
    assert f'\nversion = "{imagegate.__version__}"\n' in manifest
    from importlib.metadata import version

    assert version("imagegate") == imagegate.__version__


def test_it_reads_standard_input_and_runs_as_a_module(root: Path) -> None:
    assert run("check", "-", cwd=root, stdin='{"version": 1}').returncode == 0
    module = [sys.executable, "-m", "imagegate", "check", "-"]
    done = subprocess.run(module, input='{"version": 2}', capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "version" in done.stderr


def test_a_reader_that_goes_away_keeps_the_verdict(root: Path) -> None:
    args = [str(COMMAND), *decide("cart", "2026-11-24T06:00:00Z")]
    child = subprocess.Popen(args, cwd=root / "examples", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None and child.stderr is not None
    child.stdout.close()
    assert (child.wait(), child.stderr.read()) == (1, b"")
    child.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
def test_an_answer_that_cannot_be_written_is_an_error(root: Path) -> None:
    with open("/dev/full", "wb") as full:
        args = [str(COMMAND), *decide("web", "2026-11-24T06:00:00Z")]
        done = subprocess.run(args, cwd=root / "examples", stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2 and b"standard output could not be written" in done.stderr


def test_ctrl_c_ends_it_while_it_reads() -> None:
    child = subprocess.Popen([COMMAND, "check", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdin is not None
    # More than a pipe holds: when this is through, the command is reading.
    child.stdin.write(b" " * (1 << 20))
    child.stdin.flush()
    child.send_signal(signal.SIGINT)
    child.communicate()
    assert child.returncode == -signal.SIGINT
