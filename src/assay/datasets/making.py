"""Make one data file and its manifest."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.catalogue import Benchmark, Catalogue, Dataset
from assay.config import nearest
from assay.contracts import sha256_of, write_atomically, write_json
from assay.datasets import files, images, packaged, public
from assay.datasets.generators import GENERATORS
from assay.datasets.problems import DataError
from assay.datasets.recipes import RECIPES, SUPERVISED
from assay.datasets.sources import MAX_QUERY_ROWS, VARIANTS, Source, from_table
from assay.datasets.store import write_tensors
from assay.environment.host import available_memory
from assay.seed import derive
from assay.semantics import FULL_RANK


def make(
    catalogue: Catalogue, *, benchmark: str, dataset: str, size: str, data: Path, manifest: Path, root: Path | None = None
) -> dict[str, Any]:
    """Make the data file of a benchmark, data set and size, and its manifest, which is returned.

    A data set that cannot be used gets an empty file and a manifest with status `skipped` and every reason: the workflow goes on and
    the report says why.
    """
    root = root or Path.cwd()
    b = catalogue.all_benchmarks[benchmark]
    seed = derive(catalogue.settings.config["seed"], "data", benchmark, dataset, size)
    facts: dict[str, Any] = {
        "benchmark": benchmark, "dataset": dataset, "size": size, "path": _shown(data, root), "order": b.order_for(dataset), "seed": seed,
        "real": b.datasets[dataset].real,
    }  # fmt: skip
    try:
        made = _write(b, b.datasets[dataset], size, seed=seed, data=data, root=root)
    except (DataError, MemoryError) as problem:
        problems = problem.problems if isinstance(problem, DataError) else ["does not fit in memory; use fewer rows or columns"]
        write_atomically(data, lambda p: p.touch())
        made = {
            "status": "skipped", "reason": f"data set {dataset} cannot be used: {str(problem) or problems[0]}", "problems": problems,
            "rows": 0, "columns": 0, "variants": 0, "source": "", "tensors": {}, "notes": [],
        }  # fmt: skip
    document = {**facts, **made, "sha256": sha256_of(data), "bytes": data.stat().st_size}
    write_json(manifest, document, "manifest")
    return document


def _write(benchmark: Benchmark, dataset: Dataset, size: str, *, seed: int, data: Path, root: Path) -> dict[str, Any]:
    """Make the tensors, write them and return what the manifest says of them."""
    if benchmark.rule not in RECIPES:
        near = nearest(benchmark.rule, list(RECIPES))
        raise DataError(benchmark.rule, [f"no recipe for this rule{near} Allowed: {', '.join(RECIPES)}"])
    parameters = benchmark.parameters_for(dataset.name)
    if size != "full":
        rows, columns = map(int, size.split("x"))
        _must_fit(rows, columns, dataset.name, data)
    source = _source(benchmark, dataset, size, seed=seed, root=root)
    _must_fit(source.rows, source.columns, dataset.name, data)
    tensors = RECIPES[benchmark.rule](source, parameters, seed)
    shapes = {name: list(array.shape) for name, array in sorted(tensors.items())}
    write_tensors(data, tensors, benchmark.order_for(dataset.name))
    return {
        "status": "ok", "reason": "", "problems": [], "rows": source.rows, "columns": source.columns, "variants": VARIANTS,
        "source": source.text, "tensors": shapes, "notes": source.notes,
    }  # fmt: skip


def _source(benchmark: Benchmark, dataset: Dataset, size: str, *, seed: int, root: Path) -> Source:
    """Return where the rows come from."""
    parameters = benchmark.parameters_for(dataset.name)
    entry = dataset.entry
    if dataset.kind == "file":
        supervised = benchmark.rule in SUPERVISED
        table = files.read(root / entry["path"], entry["path"], entry.get("target"), supervised)
        _enough_rows(entry["path"], len(table.x), table.x.shape[1], parameters, benchmark.rule in FULL_RANK)
        return from_table(f"the user's file {entry['path']}", table.x, table.y, seed)
    rows, columns = map(int, size.split("x"))
    if dataset.kind == "packaged":
        return packaged.load(entry["loader"], rows, columns, seed)
    if dataset.kind == "public":
        if entry["loader"] in images.IMAGES:
            return images.load(entry["loader"], rows, columns, parameters, seed=seed, root=root)
        return public.load(entry["loader"], rows, columns, seed, root)
    if entry["generator"] not in GENERATORS:
        name = entry["generator"]
        raise DataError(name, [f"no generator of this name{nearest(name, list(GENERATORS))} Allowed: {', '.join(GENERATORS)}"])
    return GENERATORS[entry["generator"]](rows, columns, parameters, seed)


def _enough_rows(shown: str, rows: int, columns: int, parameters: Mapping[str, Any], full_rank: bool) -> None:
    if full_rank and rows <= columns + 1:
        raise DataError(shown, [f"{rows} rows are too few for {columns} columns and an intercept; at least {columns + 2} are needed"])
    clusters = int(parameters.get("n_clusters", 1))
    if rows < clusters:
        advice = "set parameters: {n_clusters: ..} or use more data"
        raise DataError(shown, [f"{rows} rows are fewer than n_clusters = {clusters}; {advice}"])


def _must_fit(rows: int, columns: int, name: str, data: Path) -> None:
    """Refuse a size whose tensors do not fit in memory or on the disk."""
    stored = 8 * VARIANTS * (columns + 1) * (rows + min(rows, MAX_QUERY_ROWS))
    needed = int(1.25 * stored) + 8 * rows * columns  # one variant is held a second time while it is turned round
    free = available_memory()
    if free is not None and needed > free:
        need, have = needed / 2**30, free / 2**30
        raise DataError(name, [f"{rows}x{columns} needs about {need:.1f} GiB of memory, {have:.1f} GiB are free; use a smaller size"])
    data.parent.mkdir(parents=True, exist_ok=True)
    room = shutil.disk_usage(data.parent).free
    if stored > room:
        need, have = stored / 2**30, room / 2**30
        raise DataError(name, [f"{rows}x{columns} needs {need:.1f} GiB of disk, {have:.1f} GiB are free; use a smaller size or make room"])


def _shown(path: Path, root: Path) -> str:
    resolved = path.resolve()
    return str(resolved.relative_to(root)) if resolved.is_relative_to(root) else str(resolved)
