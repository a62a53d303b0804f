"""The catalogue: benchmarks, arms and cells. This module alone enumerates cells; everybody else asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from assay import config as configuration
from assay import semantics
from assay.config import Settings

THREADS = ("1", "all")
CPU = "cpu"
DIFFERENT_PROBLEM = "different_problem"


@dataclass(frozen=True)
class Framework:
    """A library and how its worker is started; `kind` is python, rust or command."""

    name: str
    kind: str
    language: str
    title: str
    entry: Mapping[str, Any] = field(repr=False, hash=False, compare=False)

    @property
    def workspace(self) -> str:
        """Folder of `rust/` with the Cargo workspace that a Rust framework's worker is built in."""
        return str(self.entry.get("workspace", "classical"))

    @property
    def build(self) -> str:
        """Build of a Rust framework: release (portable), tuned, blas or mkl."""
        return str(self.entry.get("build", "release"))

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that its worker can compute on."""
        return tuple(self.entry.get("devices", (CPU,)))

    @property
    def environment(self) -> dict[str, str | None]:
        """Environment variables that this framework's workers get beside the common ones; None leaves one unset."""
        return dict(self.entry.get("environment", {}))


@dataclass(frozen=True)
class Arm:
    """A framework in one benchmark, with the class of its work and the reason for it."""

    name: str
    framework: Framework
    work: str
    reason: str
    presets: tuple[str, ...] = ()
    threads: tuple[str, ...] = THREADS
    where: Mapping[str, Any] = field(default_factory=dict, hash=False)
    elsewhere: Mapping[str, str] | None = field(default=None, hash=False)
    modes: tuple[str, ...] = ()
    most_rows: int | None = None
    primary_only: bool = False
    bounds: Mapping[str, float] = field(default_factory=dict, hash=False)

    def bears(self, size: str) -> bool:
        """Return whether the catalogue asks this arm for data of a size such as 20000x16: larger ones take it too long."""
        rows = size.partition("x")[0]
        return self.most_rows is None or not rows.isdigit() or int(rows) <= self.most_rows

    def runs_in(self, preset: str, threads: str) -> bool:
        """Return whether the catalogue plans this arm at a preset and a thread budget."""
        return threads in self.threads and (not self.presets or preset in self.presets)

    def holds(self, parameters: Mapping[str, Any]) -> bool:
        """Return whether a data set's parameters are those of `where`, for which work class and reason are given."""
        return all(parameters.get(key) in allowed for key, allowed in self.where.items())

    def given(self, parameters: Mapping[str, Any]) -> Arm:
        """Return this arm as it is with a data set's parameters: what `elsewhere` says holds where they are not those of `where`."""
        if self.holds(parameters) or not self.elsewhere:
            return self
        return replace(self, work=self.elsewhere["work"], reason=self.elsewhere["reason"])

    @property
    def explained(self) -> str:
        """The reason for its work class, and what holds with other parameters than those of `where`."""
        limits = " and ".join(f"{key} {' or '.join(map(str, allowed))}" for key, allowed in self.where.items())
        other = f". With another: {self.elsewhere['reason']}" if self.elsewhere else ""
        most = f" (at most {self.most_rows:,} rows: more take it too long)" if self.most_rows else ""
        most += " (in the primary cell only)" if self.primary_only else ""
        return (f"{self.reason} (with {limits}{'' if other else ' only'}){other}" if limits else self.reason) + most


@dataclass(frozen=True)
class Dataset:
    """A data set of a benchmark: generated, packaged or a user's file."""

    name: str
    kind: str
    sizes: tuple[str, ...]
    primary: str | None
    real: bool
    entry: Mapping[str, Any] = field(repr=False, hash=False, compare=False)


@dataclass(frozen=True)
class Cell:
    """A benchmark on one data set at one size, thread budget and device: one job."""

    benchmark: str
    dataset: str
    size: str
    threads: str
    primary: bool
    device: str = CPU

    @property
    def id(self) -> str:
        """Name of the cell within its benchmark, as in `blobs-20000x16-t1`, and on a device `digits-64x784-t1-cuda`."""
        return f"{self.dataset}-{self.size}-t{self.threads}{'' if self.device == CPU else '-' + self.device}"

    @property
    def data(self) -> str:
        """Stem of the data file, shared by all thread budgets, as in `kmeans/blobs-20000x16`."""
        return f"{self.benchmark}/{self.dataset}-{self.size}"


@dataclass(frozen=True)
class Benchmark:
    """One problem: data sets, parameters, modes, arms, parity rule and quality floor. `base` is what the arms know it as."""

    name: str
    base: str
    domain: str
    title: str
    summary: str
    reference: str
    rule: str
    order: str
    modes: tuple[str, ...]
    parameters: Mapping[str, Any] = field(hash=False)
    quality: Mapping[str, Any] = field(hash=False)
    arms: Mapping[str, Arm] = field(hash=False)
    datasets: Mapping[str, Dataset] = field(hash=False)
    presets: tuple[str, ...] = ()
    proofs: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    bounds: Mapping[str, float] = field(default_factory=dict, hash=False)
    devices: tuple[str, ...] = ()
    bad_input: bool = True

    @property
    def asked(self) -> tuple[str, ...]:
        """The modes, and the proofs: answers that are compared and never timed, without which the modes they vouch for do not stand."""
        return (*self.modes, *self.proofs)

    @property
    def copy(self) -> str:
        """Name of the A/A copy of the reference."""
        return f"{self.reference}-copy"

    @property
    def training(self) -> str:
        """The mode in which the arms find their answer in the data, the first; the quality floor is taken from it."""
        return self.modes[0]

    @property
    def cold_mode(self) -> str:
        """The mode that is called first where a cold start is measured: the first that every arm has; empty where there is none."""
        return next((mode for mode in self.modes if all(mode in self.modes_of(arm) for arm in self.arms)), "")

    @property
    def primary(self) -> Dataset:
        """The data set with the primary cell."""
        return next(d for d in self.datasets.values() if d.primary)

    @property
    def contenders(self) -> tuple[str, ...]:
        """Arms that are compared with the reference, in catalogue order."""
        return tuple(name for name in self.arms if name != self.reference)

    @property
    def decisive_arms(self) -> tuple[str, ...]:
        """Contenders that the catalogue plans in the primary cell at some preset."""
        there = (name for name in self.contenders if "1" in self.arms[name].threads and self.plans(name, self.primary.name))
        return tuple(name for name in there if self.arms[name].bears(str(self.primary.primary)))

    @property
    def family_size(self) -> int:
        """m of the decisive family: modes x arms that solve the same problem, counted before filters, exclusions and failures."""
        compared = [name for name in self.decisive_arms if self.arm_on(name, self.primary.name).work != DIFFERENT_PROBLEM]
        return max(1, sum(len(self.modes_of(name)) for name in compared))

    def modes_of(self, arm: str) -> tuple[str, ...]:
        """Return the modes that the catalogue plans for an arm, in the benchmark's order; all of them unless it says which."""
        limited = self.arms[arm].modes if arm in self.arms else ()
        return tuple(mode for mode in self.modes if not limited or mode in limited)

    def cells(self, scope: str) -> tuple[Cell, ...]:
        """Return the cells of a preset's scope (`primary`, `real` or `all`), the primary cell first, those of other devices last."""
        primary = self.primary
        first = Cell(self.name, primary.name, str(primary.primary), "1", True)
        cells = [first]
        if scope == "real":
            real = None if primary.real else next((d for d in self.datasets.values() if d.real), None)
            cells += [Cell(self.name, real.name, real.sizes[0], "1", False)] if real else []
        if scope == "all":
            cells += [
                Cell(self.name, d.name, size, "1", False)
                for d in self.datasets.values()
                for size in d.sizes
                if (d, size) != (primary, first.size)
            ]
            cells.append(Cell(self.name, primary.name, first.size, "all", False))
        elsewhere = [replace(c, device=device, primary=False) for device in self.devices for c in cells if c.threads == "1"]
        return (*cells, *elsewhere)

    def leads(self, cell: Cell) -> bool:
        """Return whether a cell is the primary one, on whatever device."""
        return (cell.dataset, cell.size, cell.threads) == (self.primary.name, self.primary.primary, "1")

    def parameters_for(self, dataset: str) -> dict[str, Any]:
        """Return the benchmark's parameters with those of a data set laid over them."""
        return {**self.parameters, **self.datasets[dataset].entry.get("parameters", {})}

    def plans(self, arm: str, dataset: str) -> bool:
        """Return whether an arm is planned on a data set at all: its parameters are those that the arm has, or `elsewhere` covers them."""
        return bool(self.arms[arm].elsewhere) or self.arms[arm].holds(self.parameters_for(dataset))

    def arm_on(self, arm: str, dataset: str) -> Arm:
        """Return an arm as it is on a data set, whose parameters may decide its work class."""
        return self.arms[arm].given(self.parameters_for(dataset))

    def asks(self, cell: Cell) -> dict[str, Any]:
        """Return the parameters that the arms of a cell are given: those of its data set, and the device where it is not the CPU."""
        return self.parameters_for(cell.dataset) | ({} if cell.device == CPU else {"device": cell.device})

    def order_for(self, dataset: str) -> str:
        """Return the memory order of a data set's matrices: its own where it names one, else the benchmark's."""
        return str(self.datasets[dataset].entry.get("order", self.order))


def load(overrides: Mapping[str, Any] | None = None, root: Path | None = None) -> Catalogue:
    """Read, merge and check the configuration and return its catalogue; raises ConfigError with every problem."""
    return Catalogue(configuration.load(overrides, root, semantics.problems))


class Catalogue:
    """All benchmarks of a configuration, and what its preset and filters select."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.frameworks = {name: _framework(name, entry) for name, entry in settings.frameworks.items()}
        catalogue = {name: _benchmark(name, entry, self.frameworks, settings) for name, entry in settings.benchmarks.items()}
        for name, entry in settings.config["datasets"].items():
            for base in entry["benchmarks"]:
                own = _own_benchmark(catalogue[base], name, entry)
                catalogue[own.name] = own
        self.all_benchmarks = catalogue

    @property
    def benchmarks(self) -> dict[str, Benchmark]:
        """Benchmarks that the domains and the filter select; a base name also selects its own-data variants.

        One that the catalogue keeps to some presets is left out at the others, unless the filter names it.
        """
        domains = self.settings.config["domains"]
        return {b.name: b for b in self.all_benchmarks.values() if b.domain in domains and self._selected(b)}

    def _selected(self, benchmark: Benchmark) -> bool:
        chosen = self.settings.config["benchmarks"]
        if chosen == "all":
            return not benchmark.presets or self.settings.preset_name in benchmark.presets
        return benchmark.name in chosen or (benchmark.base in chosen and not benchmark.presets)

    @cached_property
    def _planned(self) -> dict[str, tuple[Cell, ...]]:
        """Cells of every benchmark at the chosen preset that the size filter leaves."""
        sizes = self.settings.config["sizes"]
        every = {name: benchmark.cells(self.settings.preset["cells"]) for name, benchmark in self.all_benchmarks.items()}
        return {name: tuple(c for c in cells if sizes == "all" or c.size in sizes) for name, cells in every.items()}

    @cached_property
    def _by_id(self) -> dict[tuple[str, str], Cell]:
        """Cells of every benchmark at any preset, by benchmark and id."""
        return {(name, cell.id): cell for name, b in self.all_benchmarks.items() for scope in ("all", "real") for cell in b.cells(scope)}

    def cells(self, benchmark: str) -> tuple[Cell, ...]:
        """Return the cells of a benchmark at the chosen preset that the size filter leaves."""
        return self._planned[benchmark]

    def cell(self, benchmark: str, cell_id: str) -> Cell:
        """Return one cell of the catalogue at any preset; KeyError if there is none."""
        try:
            return self._by_id[benchmark, cell_id]
        except KeyError:
            raise KeyError(f"{benchmark} has no cell {cell_id!r}") from None

    def planned_arms(self, cell: Cell) -> tuple[str, ...]:
        """Return the arms the catalogue plans in a cell at the chosen preset, reference first, before filters and exclusions."""
        benchmark = self.all_benchmarks[cell.benchmark]
        preset = self.settings.preset_name
        able = (a for a in benchmark.contenders if cell.device in benchmark.arms[a].framework.devices)
        there = (a for a in able if benchmark.plans(a, cell.dataset) and (benchmark.leads(cell) or not benchmark.arms[a].primary_only))
        others = tuple(a for a in there if benchmark.arms[a].runs_in(preset, cell.threads) and benchmark.arms[a].bears(cell.size))
        return (benchmark.reference, *others)

    def arms(self, cell: Cell) -> tuple[str, ...]:
        """Return the planned arms that the framework filter leaves; the reference always stays."""
        benchmark = self.all_benchmarks[cell.benchmark]
        return tuple(a for a in self.planned_arms(cell) if a == benchmark.reference or self.selects(benchmark.arms[a].framework.name))

    def selects(self, framework: str) -> bool:
        """Return whether the framework filter leaves this framework in."""
        chosen = self.settings.config["frameworks"]
        return bool(chosen == "all" or framework in chosen)


def _framework(name: str, entry: Mapping[str, Any]) -> Framework:
    return Framework(name, entry["kind"], entry["language"], entry.get("title", name), entry)


def _benchmark(name: str, entry: Mapping[str, Any], frameworks: Mapping[str, Framework], settings: Settings) -> Benchmark:
    reference, preset = entry["reference"], settings.preset_name
    devices = tuple(d for d in settings.hardware["devices"] if d != CPU and d in frameworks[reference].devices)
    arms = {reference: Arm(reference, frameworks[reference], "same_steps", "the reference")}
    listed = dict(entry["arms"])
    listed |= {f.name: f.entry["benchmarks"][name] for f in frameworks.values() if name in f.entry.get("benchmarks", {})}
    for arm, details in listed.items():
        presets, threads = tuple(details.get("presets", ())), tuple(details.get("threads", THREADS))
        where, elsewhere, modes = details.get("where", {}), details.get("elsewhere"), tuple(details.get("modes", ()))
        work, reason, most = details["work"], details["reason"], details.get("most_rows")
        leading, bounds = bool(details.get("primary_only")), details.get("bounds", {})
        arms[arm] = Arm(arm, frameworks[arm], work, reason, presets, threads, where, elsewhere, modes, most, leading, bounds)
    datasets = {
        key: Dataset(key, d["kind"], tuple(d["sizes"]), d.get("primary"), bool(d.get("real")), d) for key, d in entry["datasets"].items()
    }
    modes = tuple(mode for mode in entry["modes"] if preset in entry.get("modes_at", {}).get(mode, [preset]))
    proofs = {proof: tuple(m for m in vouched if m in modes) for proof, vouched in entry.get("proofs", {}).items()}
    return Benchmark(
        name, entry.get("base", name), entry["domain"], entry["title"], entry["summary"], reference, entry["rule"], entry["order"], modes,
        entry["parameters"], entry["quality"], arms, datasets, tuple(entry.get("presets", ())), proofs, entry.get("bounds", {}), devices,
        bool(entry.get("bad_input", True)),
    )  # fmt: skip


def _own_benchmark(base: Benchmark, name: str, entry: Mapping[str, Any]) -> Benchmark:
    """Return the benchmark that a user's own data set makes: the base's arms and rules on that data alone."""
    dataset = Dataset(name, "file", ("full",), "full", True, entry)
    return Benchmark(
        f"{base.name}-{name}", base.base, base.domain, f"{base.title} on {name}", base.summary, base.reference, base.rule, base.order,
        base.modes, base.parameters, base.quality, base.arms, {name: dataset}, proofs=base.proofs, bounds=base.bounds,
    )  # fmt: skip
