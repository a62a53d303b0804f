"""A small cell with real workers: data, arms and parity as the phases before would have left them."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from assay import catalogue as catalogues
from assay import contracts
from assay.catalogue import Catalogue, Cell
from assay.measure.cell import Inputs, MeasureError, Outputs, measure_cell, prepare
from assay.measure.messages import Hello, Load
from assay.measure.messages import Outputs as WriteOutputs
from assay.measure.process import WorkerProcess
from assay.measure.task import Task
from assay.parity.checksum import expected
from assay.paths import ROOT

FAULTY = ROOT / "tests" / "faulty_arms" / "faulty.py"
MODES = ("fit", "predict", "predict_one")
CONTENDERS = ("native", "linfa", "smartcore", "linfa-py")
ENVIRONMENT = {"PYTHONPATH": f"{ROOT / 'src'}:{FAULTY.parent}"}
PARAMETERS = {"n_clusters": 8, "max_iter": 5, "tol": 1e-12, "n_init": 1, "dtype": "float64"}
SEED = 7
SMOKE = {
    "primary_s": 20, "other_s": 20, "blocks": {"goal": 2, "min": 2, "max": 2}, "rounds": {"min": 2, "max": 2},
    "memory_processes": 1, "warmup": 2,
}  # fmt: skip
# A busy host voids rounds, as test_sample_checks.py shows; what these cells show is independent of it.
ANY_HOST = {"max_steal": 1.0, "max_invalid_rounds": 1.0}


def faulty(*options: str) -> list[str]:
    """Command of an arm; without options an honest one."""
    return [sys.executable, str(FAULTY), *options]


@dataclass
class Bench:
    """One cell in a folder of its own; `arms` maps a contender to its command, the reference is always honest."""

    root: Path
    arms: dict[str, list[str]]
    preset: dict[str, Any] = field(default_factory=dict)
    measure: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    rows: int = 2000
    reference: list[str] = field(default_factory=faulty)
    modes: tuple[str, ...] = MODES
    primary: bool = True
    environment: dict[str, str | None] = field(default_factory=dict)  # of all arms

    def __post_init__(self) -> None:
        os.environ.setdefault("ASSAY_LOCK", str(self.root / "measure.lock"))
        self.root.mkdir(parents=True, exist_ok=True)
        self.manifest = make_data(self.root, self.rows)
        self.catalogue: Catalogue = catalogues.load(
            {
                "preset": "smoke",
                "seed": SEED,
                "presets": {"smoke": {**SMOKE, **self.preset}},
                "measure": {**ANY_HOST, **self.measure},
                **self.config,
            },
            ROOT,
        )
        self.cell = Cell("kmeans", "blobs", "20000x16", "1", self.primary)
        self.expected, self.hello = ask_honest(self.root / self.manifest["path"], self.manifest["sha256"])

    @property
    def inputs(self) -> Inputs:
        return Inputs({"benchmarks": {"kmeans": self._selected()}}, self._parity(), self.manifest)

    @property
    def outputs(self) -> Outputs:
        folder = self.root / "results" / "kmeans"
        return Outputs(folder / "samples" / "c.parquet", folder / "resources" / "c.parquet", folder / "environment" / "c.json")

    @property
    def task(self) -> Task:
        return prepare(self.catalogue, self.cell, self.inputs, self.root)[0]

    def run(self) -> dict[str, Any]:
        """Measure the cell and return its environment document."""
        measure_cell(self.catalogue, self.cell, self.inputs, self.outputs, root=self.root)
        return contracts.read_json(self.outputs.environment, "environment")

    @property
    def journals(self) -> list[Path]:
        return sorted((self.root / "results" / ".journal").glob("*/journal.jsonl"))

    def _selected(self) -> dict[str, Any]:
        commands = {"sklearn": self.reference, **self.arms}
        common = {
            "status": "ok",
            "reason": "",
            "environment": {**ENVIRONMENT, "BENCH": str(self.root), **self.environment},
            "files": [str(FAULTY)],
        }
        chosen = {name: {**common, "command": command} for name, command in commands.items()}
        rest = [name for name in self.catalogue.all_benchmarks["kmeans"].arms if name not in chosen]
        return chosen | {name: {"status": "skipped", "reason": "not in this test", "command": [], "files": []} for name in rest}

    def _parity(self) -> dict[str, Any]:
        entry = {
            "status": "ok", "reason": "", "hello": self.hello, "load": {"parameters": PARAMETERS},
            "modes": {
                mode: {"status": "ok", "reason": "", "expected": self.expected[mode]}
                if mode in self.modes
                else {"status": "skipped", "reason": "not in this test", "expected": {}}
                for mode in MODES
            },
        }  # fmt: skip
        return {"parameters": PARAMETERS, "seed": 3, "threads": 1, "arms": dict.fromkeys(("sklearn", *self.arms), entry)}


def make_data(root: Path, rows: int) -> dict[str, Any]:
    """Write a data file with four variants; returns its manifest."""
    rng = np.random.default_rng(5)
    tensors: dict[str, Any] = {"centres": rng.normal(size=(8, 4))}
    for v in range(4):
        x = rng.normal(size=(rows, 4)) + rng.integers(0, 5, size=(rows, 1))
        tensors |= {f"x.{v}": x, f"q.{v}": rng.normal(size=(rows, 4)), f"init.{v}": x[:8].copy()}
    path = root / "data.safetensors"
    save_file(tensors, path, metadata={"order": "C"})
    return {"path": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size, "rows": rows}


def ask_honest(path: Path, sha256: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what parity would have found for an honest arm: checksums per mode, and what it says of itself."""
    answers = path.with_name("answers.safetensors")
    with WorkerProcess(faulty(), environment=ENVIRONMENT) as worker:
        hello = worker.request(Hello(), 60).reply
        worker.request(Load("kmeans", {"path": str(path), "sha256": sha256}, PARAMETERS), 60)
        worker.request(WriteOutputs(str(answers), list(MODES)), 60)
    arrays = load_file(answers)
    return {mode: expected(arrays, mode, 4) for mode in MODES}, {"framework": hello.framework, "version": hello.version, "pid": hello.pid}


def statuses(document: dict[str, Any], arm: str) -> dict[str, str]:
    """Status of every mode of an arm."""
    return {mode: entry["status"] for mode, entry in document["arms"][arm]["modes"].items()}


def reasons(document: dict[str, Any], arm: str) -> str:
    """All reasons of an arm."""
    return "; ".join(entry["reason"] for entry in document["arms"][arm]["modes"].values())


def left_over(marker: str | Path) -> list[str]:
    """Command lines of measuring processes and arms that still run and have the marker in their environment or command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if state != "Z" and (str(FAULTY) in line or "assay.measure.job" in line) and str(marker) in environment_of(entry) + line:
                found.append(line)
    return found


def environment_of(entry: Path) -> str:
    """Environment of a process, empty if it is gone."""
    try:
        return (entry / "environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def main() -> None:
    """Measure a cell in a process of its own: `cellbench.py FOLDER OPTIONS`, options of Bench as JSON."""
    bench = Bench(Path(sys.argv[1]), **json.loads(sys.argv[2]))
    print("prepared", flush=True)
    try:
        document = bench.run()
    except MeasureError as error:
        sys.exit(f"MeasureError: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    print(json.dumps({"blocks": document["blocks"], "journal": document["journal"], "windows": document["windows"]}))


if __name__ == "__main__":
    main()
