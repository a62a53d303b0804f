from __future__ import annotations

from pathlib import Path

import pytest

from assay import sources


@pytest.fixture(autouse=True)
def _on_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not wait for measurements of the host, nor make them wait; an edit while they run does not void their journals."""
    monkeypatch.setattr(sources, "hashes", lambda: {"measure": "the code of these tests"})
    monkeypatch.setenv("ASSAY_LOCK", str(tmp_path / "measure.lock"))
