"""What all tests share: the documents of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagegate import Launch, PolicySet, ScanProfile

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-11-24T06:00:00Z"


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def policies() -> PolicySet:
    return PolicySet.parse(ROOT / "examples/policies.json")


@pytest.fixture(scope="session")
def cart() -> ScanProfile:
    return ScanProfile.parse(ROOT / "examples/cart-trivy.json")


@pytest.fixture(scope="session")
def cart_launch() -> Launch:
    return Launch.parse(ROOT / "examples/cart-docker-create.json")
