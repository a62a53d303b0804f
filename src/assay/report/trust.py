"""Why the numbers may be believed: control, noise, overlap, variance, warnings, and what was not measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from assay.assessment import numbers
from assay.report import model, words
from assay.report.results import Results, Row, dict_of, list_of


@dataclass(frozen=True)
class Trust:
    """What the section on trust shows; `whole` is false on the page of one benchmark."""

    control: str
    control_failed: bool
    controls: list[dict[str, str]]
    noise: list[dict[str, str]]
    overlap: str
    overlap_failed: bool
    variance: list[dict[str, str]]
    warnings: list[dict[str, str]]
    unmeasured: list[tuple[str, str]]
    problems: list[str]


def trust(results: Results, names: model.Names, benchmarks: list[str], rows: list[Row]) -> Trust:
    """Return the evidence for and against the instrument over some benchmarks."""
    calibration = results.document("analysis/calibration.json")
    whole = len(benchmarks) > 1 or set(benchmarks) == set(results.catalogue.benchmarks)
    overlap, overlap_failed = _overlap(calibration)
    return Trust(
        _control(calibration) if whole else _single(rows), calibration.get("status") == "AA_FAILED", _controls(rows),
        _noise(results, benchmarks),
        overlap, overlap_failed, _variance(results, names, benchmarks), _warnings(results, benchmarks), _unmeasured(results, benchmarks),
        list(results.problems),
    )  # fmt: skip


def _control(found: dict[str, Any]) -> str:
    cells, hits, allowed = found.get("cells"), found.get("rejections"), found.get("allowed")
    if not found or not isinstance(cells, int) or found.get("status") == "not_judged":
        return "The A/A control could not be judged: no copy of a reference has an interval."
    band = numbers.percent(found.get("band"))
    text = (
        f"In every cell the reference ran twice. Among {numbers.count(cells, 'independent cell')} the copy was told apart from the "
        "original "
        f"{numbers.count(hits or 0, 'time')}; a sound instrument shows at most {allowed} in {band} of runs."
    )
    if found.get("status") == "AA_FAILED":
        return f"{text} THE CONTROL FAILED: the instrument finds differences where there are none, and no verdict here should be believed."
    median = dict_of(found, "half_width").get("median")
    floor = (
        f" The median noise floor (half-width of the copy's interval) is {numbers.percent(median)}." if numbers.is_number(median) else ""
    )
    return f"{text}{floor}"


def _single(rows: list[Row]) -> str:
    judged = [row for row in rows if row["family"] == model.CONTROL and row["ratio_low"] is not None and row["ratio_high"] is not None]
    apart = sum(row["ratio_low"] > 1 or row["ratio_high"] < 1 for row in judged)
    if not judged:
        return "The A/A control could not be judged: no copy of the reference has an interval."
    return (
        f"In every cell the reference ran twice. The copy was told apart from the original in {apart} of "
        f"{numbers.count(len(judged), 'interval')}; "
        "some such false alarms are expected, and the whole run is judged over all benchmarks."
    )


def _controls(rows: list[Row]) -> list[dict[str, str]]:
    return [
        {
            "benchmark": row["benchmark"], "cell": row["cell"], "mode": words.mode(row["mode"]),
            "ratio": numbers.ratio(row["ratio"]), "interval": numbers.interval(row["ratio_low"], row["ratio_high"]),
            "floor": numbers.percent(row["aa_half_width"]), "noise": row["noise"] or numbers.MISSING,
        }
        for row in rows
        if row["family"] == model.CONTROL and row["metric"] == "time_ns" and row["ratio"] is not None
    ]  # fmt: skip


def _noise(results: Results, benchmarks: list[str]) -> list[dict[str, str]]:
    found = []
    for benchmark in benchmarks:
        for cell, document in results.environments(benchmark):
            noise, duty = dict_of(document, "noise"), dict_of(document, "duty_cycle")
            index = noise.get("index")
            found.append({
                "benchmark": benchmark, "cell": cell, "grade": str(noise.get("grade") or numbers.MISSING),
                "index": numbers.percent(index) if numbers.is_number(index) else str(index or numbers.MISSING),
                "steal": numbers.percent(noise.get("steal")), "wall": numbers.duration(duty.get("wall_s")),
                "timed": numbers.duration(duty.get("timed_s")),
            })  # fmt: skip
    return found


def _overlap(calibration: dict[str, Any]) -> tuple[str, bool]:
    audit = dict_of(calibration, "overlap")
    if not audit:
        return "Not audited here: the audit of overlapping measurements runs over all benchmarks.", False
    overlaps = list_of(audit, "overlaps")
    if overlaps:
        pairs = numbers.listed(sorted({" with ".join(map(str, entry.get("cells") or ["?"])) for entry in overlaps})[:5])
        return f"Some cells were measured at the same time on one machine ({pairs}): their times are not to be trusted.", True
    windows, unplaced = audit.get("windows", 0), audit.get("without_boot_id", 0)
    if not windows:
        return "Not audited: no measurement names the boot of its machine, so none can be placed in time.", False
    text = f"No two cells were measured at the same time on one machine ({numbers.count(int(windows), 'window')} compared)."
    return (f"{text} {numbers.count(int(unplaced), 'block')} could not be placed.", False) if unplaced else (text, False)


def _variance(results: Results, names: model.Names, benchmarks: list[str]) -> list[dict[str, str]]:
    found = []
    for benchmark in benchmarks:
        for entry in list_of(results.document(f"{benchmark}/analysis.json"), "variance"):
            flags = [words.flag(name) for key, name in _DIAGNOSES.items() if entry.get(key) is True]
            found.append({
                "benchmark": benchmark, "cell": str(entry.get("cell") or ""), "arm": names.arm(benchmark, str(entry.get("arm"))),
                "mode": words.mode(str(entry.get("mode") or "")), "between": _spread(entry, "between"),
                "within": _spread(entry, "within"), "flags": "; ".join(flags),
            })  # fmt: skip
    return found


def _spread(entry: dict[str, Any], name: str) -> str:
    """Return a variance component of the log ratio as a standard deviation in percent."""
    value = entry.get(name)
    return numbers.percent(math.sqrt(max(float(value), 0.0))) if isinstance(value, int | float) else numbers.MISSING


_DIAGNOSES = {"drifts": "drift", "autocorrelated": "autocorrelated", "noise_interacts": "noise_interaction"}


def _warnings(results: Results, benchmarks: list[str]) -> list[dict[str, str]]:
    """Return failed preflight checks, each once with where it was seen."""
    seen: dict[tuple[str, str, str], list[str]] = {}
    documents = [(f"{b} {cell}", document) for b in benchmarks for cell, document in results.environments(b)]
    documents.append(("submitting host", results.document("environment/preflight.json")))
    for where, document in documents:
        for check in list_of(document, "preflight") or list_of(document, "checks"):
            if check.get("ok") is False:
                key = (str(check.get("check") or ""), str(check.get("advice") or ""), "")
                seen.setdefault(key, []).append(f"{where}: {_shown(check.get('value'))}")
    return [
        {
            "check": check.replace("_", " "),
            "advice": advice,
            "where": "; ".join(where[:4]) + (f" and {len(where) - 4} more" if len(where) > 4 else ""),
        }
        for (check, advice, _), where in seen.items()
    ]


def _shown(value: Any) -> str:
    return numbers.significant(value, 3) if numbers.is_number(value) else str(value)


_SCOPES = {"primary": "the primary cell alone", "real": "the primary cell and one real data set", "all": "every cell"}


def _unmeasured(results: Results, benchmarks: list[str]) -> list[tuple[str, str]]:
    """Return what has no number at all, with the reason."""
    found: dict[str, str] = {}
    catalogue = results.catalogue
    preset, sizes = catalogue.settings.preset_name, catalogue.settings.config["sizes"]
    filtered = "" if sizes == "all" else f", filtered to sizes {numbers.listed([str(size) for size in sizes])}"
    for benchmark in benchmarks:
        known = catalogue.all_benchmarks[benchmark]
        planned = model.planned(catalogue, known)
        for arm, details in known.arms.items():
            entry = results.arms(benchmark).get(arm)
            if arm not in planned:
                found[f"{benchmark}: {arm}"] = (
                    f"planned at {numbers.listed(list(details.presets))}" if details.presets else f"not planned at {preset}"
                )
            elif isinstance(entry, dict) and entry.get("status") not in ("ok", None):
                found[f"{benchmark}: {arm}"] = str(entry.get("reason") or entry["status"])
        missing = [c.id for c in catalogue.cells(benchmark) if not results.document(f"{benchmark}/environment/{c.id}.json")]
        if missing:
            found[f"{benchmark}: {numbers.listed(missing)}"] = "no measurement of this cell is there"
        left = len(known.cells("all")) - len(catalogue.cells(benchmark))
        if left > 0:
            scope = _SCOPES.get(catalogue.settings.preset["cells"], "some cells")
            found[f"{benchmark}: {numbers.count(left, 'further cell')} of the catalogue"] = f"preset {preset} measures {scope}{filtered}"
    return list(found.items())
