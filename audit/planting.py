"""Plant defects in real runs: real data sets, real worker processes, the workflow's own gate, measuring job and analysis."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from assay import catalogue, contracts, parity
from assay.analysis import api, comparisons, verdict, words
from assay.analysis.inputs import Run
from assay.catalogue import Catalogue, Cell
from assay.clients import start
from assay.datasets import make
from assay.measure.cell import Inputs, Outputs, measure_cell
from assay.paths import ROOT
from audit.defects import ARMS, COMMAND, DATA, FOLDER, SETS, SHARED_CACHE, Defect

HONEST, TWIN = "honest", "twin"
SIZES = {"kmeans": "1500x4", "linear_regression": "1000x10", "linear_svc": "200x4"}
MODES = ("fit", "predict")
LEVEL = 0.001  # error rate of the verdicts: a false alarm of the audit itself would be one too many
MEASURE = {"start_timeout_s": 120}
PLANTED = 1.15  # the shared cache must make at least this difference, or nothing was planted
DIFFERENT = (verdict.FASTER, verdict.SLOWER, verdict.FASTER_UNCERTAIN, verdict.SLOWER_UNCERTAIN)

Document = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """How Assay answered a defect: a status with its reason, and the verdict where the arm was measured."""

    defect: Defect
    status: str
    reason: str
    verdict: str = ""

    @property
    def caught(self) -> bool:
        """Whether status and reason are those that the list demands, and no verdict claims a difference."""
        return self.status == self.defect.status and self.defect.words in self.reason and self.verdict not in DIFFERENT

    @property
    def words(self) -> str:
        """The answer in words: status and reason, and the verdict where the arm was measured."""
        told = self.reason if self.status == "ok" else f"{self.status}: {self.reason}"
        return f"{told}; verdict {self.verdict}" if self.verdict else told

    def as_json(self) -> Document:
        """Return the answer as plain data."""
        seen = self.defect.seen
        return {
            "name": self.defect.name, "title": self.defect.title, "benchmark": self.defect.benchmark, "found": self.defect.found,
            "seen": seen.what if seen else "", "where": seen.where if seen else "", "status": self.status, "verdict": self.verdict,
            "reason": self.reason, "answer": self.words, "wanted": f"{self.defect.status}: {self.defect.words}", "caught": self.caught,
        }  # fmt: skip


def run(folder: Path, say: Say) -> list[Answer]:
    """Plant every defect and return how Assay answers, in the order of the list."""
    answers = []
    for name, scene in (("answers", regression), ("times", clustering), ("cache", shared_cache), ("data", data_sets)):
        say(f"{name} ...")
        (folder / name).mkdir()
        answers += scene(folder / name)
    return answers


def regression(folder: Path) -> list[Answer]:
    """Least squares: the gate finds them all, so nothing is timed."""
    defects = [defect for defect in ARMS if defect.benchmark == "linear_regression"]
    planned = plan(folder, {"linear_regression": [d.name for d in defects]}, defects)
    arms = workers(folder, "linear_regression", defects)
    document = check(planned, planned.all_benchmarks["linear_regression"].cells("primary")[0], arms, folder)[1]
    return [of_gate(defect, document, defect.name) for defect in defects]


def clustering(folder: Path) -> list[Answer]:
    """k-means: what passes the gate is measured, side by side, and analysed."""
    defects = [defect for defect in ARMS if defect.benchmark == "kmeans"]
    planned = plan(folder, {"kmeans": [d.name for d in defects]}, defects, blocks=3, rounds=4)
    table = measure(planned, workers(folder, "kmeans", defects), folder)[0]
    return [of_table(defect, table) for defect in defects]


def shared_cache(folder: Path) -> list[Answer]:
    """k-means on larger data, so that a sample is one call on one input: the arms and the reference are the same program."""
    name = SHARED_CACHE.name
    planned = plan(folder, {"kmeans": [name]}, [SHARED_CACHE], size="40000x8", modes=("fit",), blocks=5, rounds=8)
    arms = workers(folder, "kmeans", [SHARED_CACHE])
    arms["benchmarks"]["kmeans"][HONEST]["command"] = arms["benchmarks"]["kmeans"][name]["command"]
    table, samples = measure(planned, arms, folder)
    row = table[(table["arm"] == name) & (table["metric"] == "time_ns")].iloc[0]
    cold = cold_against_warm(samples)
    if row["status"] != "ok" or cold < PLANTED:
        return [Answer(SHARED_CACHE, "not planted", f"{row['status']}: {row['reason']}; the first arm takes {cold:.2f}x", row["verdict"])]
    ratio, low, high = (words.factor(float(row[key])) for key in ("ratio", "ratio_low", "ratio_high"))
    reason = f"whoever comes first takes {words.factor(cold)} as long; in shuffled, mirrored order the ratio is {ratio} ({low} to {high})"
    return [Answer(SHARED_CACHE, "ok", reason, row["verdict"])]


def data_sets(folder: Path) -> list[Answer]:
    """A user's own files."""
    rng = np.random.default_rng(1)

    def write(name: str, target: Any, rows: int) -> None:
        frame = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list("abcd"))
        frame.assign(y=target).to_csv(folder / f"{name}.csv", index=False)

    write("no_signal", rng.normal(size=400), 400)
    write("one_class", 1.0, 60)
    write("rare_class", [1.0, *[0.0] * 59], 60)
    write("gaps", np.where(np.arange(200) % 80 == 7, np.nan, rng.normal(size=200)), 200)
    files = {d.name: {"kind": "file", "path": f"{d.name}.csv", "target": "y", "benchmarks": [d.benchmark]} for d in SETS}
    planned = plan(folder, {"linear_regression": [TWIN], "linear_svc": [TWIN]}, [], datasets=files)
    answers = []
    for defect in SETS:
        own = f"{defect.benchmark}-{defect.name}"
        if defect.found == DATA:
            manifest = prepare(planned, planned.all_benchmarks[own].cells("primary")[0], folder)
            answers.append(Answer(defect, manifest["status"], manifest["reason"] or "; ".join(manifest["notes"])))
        else:
            document = check(planned, planned.all_benchmarks[own].cells("primary")[0], workers(folder, own, []), folder)[1]
            answers.append(of_gate(defect, document, TWIN))
    return answers


def plan(
    folder: Path, arms: Mapping[str, Sequence[str]], defects: Sequence[Defect], *, size: str = "", modes: Sequence[str] = MODES,
    blocks: int = 2, rounds: int = 2, datasets: Mapping[str, Any] | None = None,
) -> Catalogue:  # fmt: skip
    """Return a catalogue in which the reference is an honest arm and every defect an arm that a user might have added."""
    frameworks = {HONEST: COMMAND, TWIN: COMMAND, **{defect.name: defect.entry for defect in defects}}
    real = yaml.safe_load((ROOT / "config" / "benchmarks.yaml").read_text(encoding="utf-8"))
    benchmarks = {name: small(real[name], size or SIZES[name], modes, chosen) for name, chosen in arms.items()}
    for name, content in (("frameworks", frameworks), ("benchmarks", benchmarks)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    quick = {
        "alpha": LEVEL, "primary_s": 120, "blocks": {"goal": blocks, "min": blocks, "max": blocks},
        "rounds": {"min": rounds, "max": rounds}, "memory_processes": 1, "warmup": 2,
    }  # fmt: skip
    chosen = {"preset": "quick", "benchmarks": "all", "frameworks": "all", "sizes": "all", "domains": ["classical"], "retry": "none"}
    files = {f"{name}_file": str(folder / f"{name}.yaml") for name in ("frameworks", "benchmarks")}
    settings = {"presets": {"quick": quick}, "measure": MEASURE, "datasets": dict(datasets or {})}
    return catalogue.load({**chosen, **files, **settings}, ROOT)


def small(entry: Document, size: str, modes: Sequence[str], arms: Sequence[str]) -> Document:
    """Return a benchmark of the real catalogue with other arms, on the data set of its primary cell at one small size."""
    name, data = next((name, data) for name, data in entry["datasets"].items() if "primary" in data)
    datasets = {name: {**data, "sizes": [size], "primary": size}}
    planted = {arm: {"work": "same_steps", "reason": "planted"} for arm in arms}
    return {**entry, "reference": HONEST, "modes": list(modes), "arms": planted, "datasets": datasets}


def workers(folder: Path, benchmark: str, defects: Sequence[Defect]) -> Document:
    """Return what the selection would have found: how the honest arms and the planted ones are started."""
    path = ":".join(map(str, (ROOT / "src", ROOT, ROOT / "tests" / "faulty_arms")))
    common = {
        "status": "ok", "reason": "", "work": "same_steps", "environment": {"PYTHONPATH": path, FOLDER: str(folder)},
        "files": [str(ROOT / "audit" / "arm.py")],
    }  # fmt: skip
    names = (HONEST, TWIN, *(defect.name for defect in defects))
    return {"benchmarks": {benchmark: {name: {**common, "command": [sys.executable, "-m", "audit.arm", name]} for name in names}}}


def prepare(planned: Catalogue, cell: Cell, folder: Path) -> Document:
    """Make the data of a cell and return their manifest."""
    path = folder / f"{cell.benchmark}.safetensors"
    manifest = path.with_suffix(".json")
    return make(planned, benchmark=cell.benchmark, dataset=cell.dataset, size=cell.size, data=path, manifest=manifest, root=folder)


def check(planned: Catalogue, cell: Cell, arms: Document, folder: Path) -> tuple[Document, Document]:
    """Make the data of a cell and put its arms through the gate; returns manifest and parity document."""
    manifest = prepare(planned, cell, folder)
    return manifest, parity.check_cell(planned, cell, arms=arms, manifest=manifest, start=start, root=folder)


def measure(planned: Catalogue, arms: Document, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Check and measure the primary cell of k-means; returns the comparisons and the raw samples."""
    benchmark = planned.all_benchmarks["kmeans"]
    cell, home = benchmark.cells("primary")[0], folder / "results" / "kmeans"
    manifest, document = check(planned, cell, arms, folder)
    contracts.write_json(home / "parity" / f"{cell.id}.json", document, "parity")
    files = Outputs(
        *(home / kind / f"{cell.id}{end}" for kind, end in (("samples", ".parquet"), ("resources", ".parquet"), ("environment", ".json")))
    )
    measure_cell(planned, cell, Inputs(arms, document, manifest), files, root=folder)
    data = api.read_cell(home, cell.id)
    return comparisons.compare(Run(planned, benchmark, {cell.id: data})), data.samples


def of_gate(defect: Defect, document: Document, arm: str) -> Answer:
    """Return what the gate says of an arm: the mode that answers as demanded, or the first."""
    modes = list(document["arms"][arm]["modes"].values())
    found = [Answer(defect, mode["status"], mode["reason"]) for mode in modes]
    return next((answer for answer in found if answer.caught), found[0])


def of_table(defect: Defect, table: pd.DataFrame) -> Answer:
    """Return what the comparisons say of an arm: the mode that answers as demanded, or the first."""
    rows = table[(table["arm"] == defect.name) & (table["metric"] == "time_ns") & (table["family"] == comparisons.DECISIVE)]
    found = [Answer(defect, row["status"], row["reason"], row["verdict"]) for row in rows.to_dict("records")]
    return next((answer for answer in found if answer.caught), found[0])


def cold_against_warm(samples: pd.DataFrame) -> float:
    """Return how much longer a fit takes for the arm that comes first in its round: what a fixed order would call a difference."""
    timed = samples[(samples["phase"] == "measure") & (samples["status"] == "ok") & (samples["mode"] == "fit")]
    logs = np.log(timed["wall_ns"] / timed["loops"])
    first = timed["position"] == timed.groupby(["block", "round"])["position"].transform("min")
    return float(np.exp(logs[first].mean() - logs[~first].mean()))
