"""The examples of the README, of docs/python.md and of examples/ run as they stand."""

from __future__ import annotations

import contextlib
import doctest
import importlib.util
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

import imagegate


def blocks(path: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", path.read_text("utf-8"), re.DOTALL)


def run(source: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(folder)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "example", "exec"), {"__name__": "example"})
    return printed.getvalue()


def test_the_example_of_the_package_runs() -> None:
    results = doctest.testmod(imagegate)
    assert results.attempted > 3 and results.failed == 0


def test_the_readme_s_lines_print_the_decision(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [source] = blocks(root / "README.md")
    assert len(source.splitlines()) <= 12
    assert run(source, root, monkeypatch).startswith("INTERCEPT  registry.example.com/shop/cart:1.4.2\n")
    assert source in (root / "python/README.md").read_text("utf-8")


def test_the_documentation_s_examples_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = blocks(root / "docs/python.md")
    assert len(sources) > 3
    missing = [name for name in ("pandas", "polars") if importlib.util.find_spec(name) is None]
    kept = [source for source in sources if not any(f"import {name}" in source for name in missing)]
    assert len(kept) >= len(sources) - len(missing)
    # One page, read from top to bottom.
    printed = run("\n".join(kept), root, monkeypatch)
    assert "intercept" in printed
    if missing:
        pytest.skip(f"the rest of the page ran, but not the examples with {missing}, which are not installed")


def test_a_build_is_gated(root: Path) -> None:
    gate = [sys.executable, "examples/ci_gate.py"]
    done = subprocess.run([*gate, "examples/policies.json", "examples/cart-trivy.json"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "CVE-2022-0778" in done.stdout, done
    done = subprocess.run([*gate, "examples/policies.json", "examples/web-trivy.json"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "ALLOW" in done.stdout, done
    done = subprocess.run([*gate, "examples/policies.json", "README.md"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode not in (0, 1) or "ImagegateError" in done.stderr or "UnsupportedError" in done.stderr


def test_policy_sets_are_compared(root: Path) -> None:
    compare = [sys.executable, "examples/compare_policies.py", "examples/policies.json", "examples/policies-stricter.json", "examples"]
    done = subprocess.run(compare, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"shop/web:\S+\s+allow -> intercept", done.stdout), done.stdout
