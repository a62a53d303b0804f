"""Why a data set cannot be used."""

from __future__ import annotations

from collections.abc import Sequence


class DataError(Exception):
    """One or more reasons why a data set cannot be used, each a sentence that says what to do."""

    def __init__(self, what: str, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(f"{what}: " + "; ".join(self.problems))
