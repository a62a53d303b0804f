"""Single checks: a measured value, its bound and whether it holds. `ok` None means shown, not judged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Answers = Mapping[str, Array]

PARAMETER_RTOL = 1e-9  # an arm that maps a tolerance to its own meaning and back loses a few digits


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    value: Any
    bound: Any
    ok: bool | None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the check for the parity file, where numbers are finite."""
        return {key: _finite(value) for key, value in asdict(self).items()}

    def describe(self) -> str:
        """Return the check in words, for a reason."""
        value = "not a finite number" if isinstance(self.value, float) and not math.isfinite(self.value) else _text(self.value)
        return f"{self.name}: {value}, allowed: {_text(self.bound)}" + (f" ({self.note})" if self.note else "")


def at_most(name: str, values: Sequence[float], bound: float, note: str = "") -> Check:
    """Check the largest of one value per variant against an upper bound; NaN never holds."""
    index = int(np.argmax(np.where(np.isnan(values), np.inf, values)))
    value = float(values[index])
    return Check(name, value, bound, bool(value <= bound), _of_variant(note, index, len(values)))


def at_least(name: str, values: Sequence[float], bound: float, note: str = "") -> Check:
    """Check the smallest of one value per variant against a lower bound; NaN never holds."""
    index = int(np.argmin(np.where(np.isnan(values), -np.inf, values)))
    value = float(values[index])
    return Check(name, value, bound, bool(value >= bound), _of_variant(note, index, len(values)))


def shown(name: str, value: Any, bound: Any = None, note: str = "") -> Check:
    """Return a value that is shown and not judged."""
    return Check(name, value, bound, None, note)


def unjudged(checks: Iterable[Check], note: str) -> list[Check]:
    """Return the same checks, shown only."""
    return [Check(c.name, c.value, c.bound, None, "; ".join(filter(None, (c.note, note)))) for c in checks]


def parameters(asked: Mapping[str, Any], reported: Mapping[str, Any]) -> list[Check]:
    """Check that an arm really set what was asked; a key that it does not report is a remark."""
    checks = []
    for key, wanted in asked.items():
        name = f"parameter {key}"
        if key not in reported:
            checks.append(shown(name, None, wanted, "not comparable: the arm does not report it"))
        else:
            checks.append(Check(name, reported[key], wanted, _same(wanted, reported[key])))
    return checks


def threads(pools: Sequence[Mapping[str, Any]], budget: int) -> Check:
    """Check that no thread pool is larger than the budget."""
    worst = max(pools, key=lambda p: p["threads"], default=None)
    if worst is None:
        return Check("threads", 1, budget, True, "no thread pools seen")
    return Check("threads", worst["threads"], budget, bool(worst["threads"] <= budget), f"largest pool: {worst['name']}")


def build(told: Mapping[str, str], wanted: str, must_tell: bool) -> list[Check]:
    """Check that the arm was built as the catalogue says: optimised, and for the CPU that was meant.

    `wanted` is the catalogue's word: `release` is made for any CPU of the architecture, `tuned` for this one. An arm that Assay
    builds `must_tell`; another may leave it out, and then nothing is compared.
    """
    found = []
    if must_tell or "debug_assertions" in told:
        debug = told.get("debug_assertions", "not told")
        found.append(Check("debug_assertions", debug, "false", debug.lower() in ("false", "off", "no", "0")))
    if must_tell or "target_cpu" in told:
        cpu, allowed = told.get("target_cpu", "not told"), "native" if wanted == "tuned" else "generic"
        found.append(Check("target_cpu", cpu, allowed, cpu.split()[:1] == [allowed], f"a {wanted} build"))
    return found


def versions(told: Mapping[str, str], locked: Mapping[str, Mapping[str, str]]) -> list[Check]:
    """Check that what runs is what is locked: `told` has what the arm says by name, `locked` the versions allowed and their lock file."""
    found = []
    for name, version in told.items():
        allowed = locked.get(name)
        if allowed:
            note = ", ".join(sorted(set(allowed.values()))) + "; install what is locked, or renew the lock with make lock"
            found.append(Check(f"version of {name}", version, " or ".join(allowed), version in allowed, note))
    return found


def structure(answers: Answers, mode: str, variant: int, wanted: Mapping[str, tuple[str, tuple[int, ...]]]) -> list[Check]:
    """Check that every array is there with its type and shape, that none is there beside them, and that all numbers are finite.

    Only what fails is returned.
    """
    prefix = f"{mode}/{variant}/"
    faults = []
    for name, (kind, shape) in wanted.items():
        array = answers.get(prefix + name)
        if array is None:
            faults.append(Check(f"array {prefix}{name}", "missing", "present", False))
        elif array.dtype != np.dtype(kind):
            faults.append(Check(f"type of {prefix}{name}", str(array.dtype), str(np.dtype(kind)), False))
        elif array.shape != shape:
            faults.append(Check(f"shape of {prefix}{name}", list(array.shape), list(shape), False))
        elif not np.isfinite(array).all():
            faults.append(Check(f"finite {prefix}{name}", int((~np.isfinite(array)).sum()), 0, False, "values that are not finite"))
    unknown = [n for n in answers if n.startswith(prefix) and n.removeprefix(prefix) not in wanted]
    return faults + [Check(f"array {n}", "unknown", "absent", False) for n in unknown]


def precision(answers: Answers, reference: Answers, mode: str) -> Check:
    """Check that answers were computed in float64: if every value is also a float32 number, they were not.

    Answers that are round numbers in the reference too say nothing.
    """
    names = [n for n in answers if n.startswith(f"{mode}/") and answers[n].dtype == np.float64 and n in reference]
    coarse = bool(names) and all(_is_float32(answers[n]) for n in names)
    note = "every value is also a float32 number" if coarse else ""
    if coarse and all(_is_float32(reference[n]) for n in names):
        return shown("precision", "undecided", "float64", "round numbers in the reference too")
    return Check("precision", "float32" if coarse else "float64", "float64", not coarse, note)


def variants_differ(answers: Answers, reference: Answers, mode: str, variants: int) -> Check:
    """Check that different inputs get different answers, wherever the reference's differ."""
    same = sorted(equal_variants(answers, mode, variants) - equal_variants(reference, mode, variants))
    note = ("variants " + ", ".join(f"{a} and {b}" for a, b in same) + " have the same answer") if same else ""
    return Check("variants with equal answers", len(same), 0, not same, note)


def variants_vary(answers: Answers, mode: str, variants: int) -> Check:
    """Check that not all inputs get the same answer; what the reference is held to."""
    same, pairs = equal_variants(answers, mode, variants), variants * (variants - 1) // 2
    return Check("variants with equal answers", len(same), pairs - 1, len(same) < pairs, "pairs; not all may be equal")


def equal_variants(answers: Answers, mode: str, variants: int) -> set[tuple[int, int]]:
    """Return the pairs of variants whose answers are the same to the last bit."""
    return {(a, b) for b in range(variants) for a in range(b) if _equal(answers, mode, a, b)}


def _equal(answers: Answers, mode: str, a: int, b: int) -> bool:
    names = [n.removeprefix(f"{mode}/{a}/") for n in answers if n.startswith(f"{mode}/{a}/")]
    return all(np.array_equal(answers[f"{mode}/{a}/{n}"], answers[f"{mode}/{b}/{n}"]) for n in names)


def _is_float32(array: Array) -> bool:
    with np.errstate(over="ignore"):
        return bool((array == array.astype(np.float32)).all())


def _same(wanted: Any, found: Any) -> bool:
    numbers = (int, float)
    if isinstance(wanted, numbers) and isinstance(found, numbers) and not isinstance(wanted, bool) and not isinstance(found, bool):
        return math.isclose(wanted, found, rel_tol=PARAMETER_RTOL)
    return type(wanted) is type(found) and bool(wanted == found)


def _of_variant(note: str, index: int, count: int) -> str:
    return "; ".join(filter(None, (note, f"variant {index}" if count > 1 else "")))


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
