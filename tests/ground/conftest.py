"""Fixtures of the ground floor's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from iop_clinic.stack.places import Places


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Places]:
    """A supervisor's folder of its own, held for the length of the test."""
    held = Places(tmp_path / "var")
    held.open()
    held.claim()
    yield held
    held.release()
