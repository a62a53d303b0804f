"""The list of defects: what is planted where, where it was seen in the wild, and how Assay must answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RANTAI = "https://github.com/RantAI-dev/rust-vs-python-ml-bench/blob"
RESULTS = f"{RANTAI}/10e6244b18ca1067005e2fe8854d30bac3d2ff99"
ANALYSIS = f"{RANTAI}/5f2ef0012f6b693749ae8b2d2f7e0b6a5a026a7b/scripts/perform_statistical_analysis.py"
CLASSICAL = f"{RESULTS}/src/rust/classical_ml"

FOLDER = "AUDIT_FOLDER"  # variable with a folder for what a planted arm writes

ANSWERS, TIMES, DATA = "answers are checked", "arms are timed", "data are read"
"""When a defect must be found: before timing, by the parity gate; while an arm is measured; before any arm is started."""

COMMAND: dict[str, Any] = {"kind": "command", "language": "python", "command": ["audit"], "licence": "MIT"}
RUST: dict[str, Any] = {"kind": "rust", "language": "rust", "binary": "audit", "crates": []}
PYTHON: dict[str, Any] = {"kind": "python", "language": "python", "module": "audit.arm", "distribution": "numpy"}


@dataclass(frozen=True)
class Seen:
    """A case in the wild: what was done, and where."""

    what: str
    where: str


@dataclass(frozen=True)
class Defect:
    """One defect.

    Attributes
    ----------
    name : str
        What the planted arm, or the data set, is called.
    title : str
        The defect in words.
    benchmark : str
        What it is planted in.
    found : str
        ANSWERS, TIMES or DATA.
    status, words : str
        Status that Assay must give, and words that its reason must hold.
    seen : Seen, optional
        None where no public case is known to us.
    entry : mapping
        How the arm is declared in the catalogue of frameworks.
    """

    name: str
    title: str
    benchmark: str
    found: str
    status: str
    words: str
    seen: Seen | None = None
    entry: dict[str, Any] = field(default_factory=lambda: COMMAND, hash=False)


ARMS = (
    Defect(
        "predicts-the-mean",
        "a model that predicts the mean",
        "linear_regression",
        ANSWERS,
        "parity_failed",
        "objective apart from the reference's",
        Seen(
            "the Rust arm fits and throws the model away; every prediction is the mean of the training target",
            f"{CLASSICAL}/regression_benchmark/src/main.rs",
        ),
    ),
    Defect(
        "single-precision",
        "float32 against float64",
        "linear_regression",
        ANSWERS,
        "parity_failed",
        "precision: float32",
        Seen("NumPy and C++ computed in 32 bits, Nim in 64", "https://github.com/henryiii/framework_compare/pull/4"),
    ),
    Defect(
        "drops-rows",
        "rows silently dropped by one arm",
        "linear_regression",
        ANSWERS,
        "parity_failed",
        "objective apart from the reference's",
        Seen(
            "a row with one missing score was dropped from all scores: 54 of 166 were used", "https://github.com/sola-st/IdBench/issues/2"
        ),
    ),
    Defect(
        "ten-runs",
        "n_init 10 against 1",
        "kmeans",
        ANSWERS,
        "parity_failed",
        "parameter n_init: 10, allowed: 1",
        Seen(
            "scikit-learn's n_init was left at its default, 10 runs, against one of linfa",
            "https://github.com/LukeMathWalker/clustering-benchmarks/blob/35e7c36f075eb4fe441e679bef47ebab2f48f8c5/training/benchmark_test.py",
        ),
    ),
    Defect(
        "own-data",
        "different data per language: seed 42 in two generators",
        "kmeans",
        ANSWERS,
        "parity_failed",
        "labels are the nearest of the arm's own centres",
        Seen("Python loads iris and wine; Rust draws numbers of that shape from seed 42", f"{CLASSICAL}/clustering_benchmark/src/main.rs"),
    ),
    Defect(
        "constant",
        "a constant metric: one answer for every input",
        "kmeans",
        ANSWERS,
        "parity_failed",
        "variants with equal answers",
        Seen("a cross-validation that returns R2 = 0.85 whatever the data are", f"{CLASSICAL}/regression_benchmark/src/main.rs"),
    ),
    Defect(
        "debug-build",
        "a debug build",
        "kmeans",
        ANSWERS,
        "parity_failed",
        "debug_assertions: true, allowed: false",
        Seen("Rust was timed as cargo run builds it", "https://github.com/thedataquarry/rustinpieces/issues/14"),
        RUST,
    ),
    Defect(
        "other-cpu",
        "target-cpu of one arm differs",
        "kmeans",
        ANSWERS,
        "parity_failed",
        "target_cpu: native, allowed: generic",
        Seen("-march=native for one language of many", "https://github.com/benhoyt/countwords/pull/88"),
        RUST,
    ),
    Defect(
        "silent-build",
        "target-cpu differs silently: a build that does not say how it was made",
        "kmeans",
        ANSWERS,
        "parity_failed",
        "target_cpu: not told, allowed: generic",
        Seen(
            "-march=native was meant and not applied, which nobody saw",
            "https://github.com/lemire/Code-used-on-Daniel-Lemire-s-blog/pull/118",
        ),
        RUST,
    ),
    Defect(
        "other-version",
        "another version of a library than the lock's",
        "kmeans",
        ANSWERS,
        "parity_failed",
        "version of other-version: 1.26.4, allowed: ",
        Seen("a competitor's crate three years behind its release", "https://github.com/Alexhuszagh/rust-lexical/issues/144"),
        PYTHON,
    ),
    Defect(
        "more-threads",
        "more threads on one side, as the arm itself says",
        "kmeans",
        ANSWERS,
        "parity_failed",
        "threads: 4, allowed: 1",
        Seen("some tools used all cores, others one", "https://github.com/microsoft/ADBench/issues/194"),
    ),
    Defect(
        "threads",
        "more threads on one side, hidden",
        "kmeans",
        TIMES,
        "invalid",
        "threads",
        Seen("libraries that start threads of their own beside those that do not", "https://github.com/erikbern/ann-benchmarks/pull/79"),
    ),
    Defect(
        "spins",
        "a spinning idle arm",
        "kmeans",
        TIMES,
        "invalid",
        "idle_arm_spinning",
        Seen(
            "OpenMP threads that wait by spinning hold up the BLAS that comes next", "https://github.com/OpenMathLib/OpenBLAS/issues/3187"
        ),
    ),
    Defect(
        "caches",
        "an arm that caches its answers",
        "kmeans",
        TIMES,
        "invalid",
        "answers faster when it has seen the input before",
        Seen("all calls but the first read a stored value", "https://github.com/Bodigrim/tasty-bench/issues/37"),
    ),
    Defect(
        "lazy",
        "an arm that computes after the clock stops",
        "kmeans",
        TIMES,
        "invalid",
        "computes after the clock stopped",
        Seen("the clock stopped before JAX had computed", "https://github.com/anindex/gtmp/issues/1"),
    ),
    Defect(
        "elsewhere",
        "a device that computes after the clock stops",
        "kmeans",
        TIMES,
        "invalid",
        "waits outside its stamps",
        Seen("the clock stopped when the work was handed over, not when it was done", "https://github.com/gbionics/jaxsim/pull/344"),
    ),
    Defect(
        "reads-files",
        "timing that includes file reading on one side",
        "kmeans",
        TIMES,
        "invalid",
        "reads files while it is timed",
        Seen(
            "most of the time compared was that of a CSV reader which one side did not use",
            "https://github.com/ddotta/cookbook-rpolars/issues/7",
        ),
    ),
    Defect(
        "killed",
        "an arm killed half-way, after samples that look well",
        "kmeans",
        TIMES,
        "failed",
        "SIGKILL",
        Seen("queries that failed had times in the comparison", "https://github.com/apache/datafusion/pull/16182"),
    ),
    Defect(
        "partial-time",
        "an arm stopped half-way that reports its partial time",
        "kmeans",
        TIMES,
        "invalid",
        "calls instead of",
        Seen("runs that had not finished in time were reported as runs", "https://github.com/hyrise/hyrise/pull/2677"),
    ),
    Defect(
        "no-time",
        "a zero metric: no time",
        "kmeans",
        TIMES,
        "invalid",
        "calls that took no time",
        Seen(
            "latencies in whole milliseconds, 0 for every fast call, and a throughput of 1000 over that",
            f"{CLASSICAL}/svm_benchmark/src/main.rs",
        ),
    ),
    Defect(
        "no-memory",
        "a zero metric: no memory",
        "kmeans",
        TIMES,
        "invalid",
        "reports less than the kernel counted",
        Seen("memory and CPU of every inference are written as 0.0", f"{CLASSICAL}/regression_benchmark/src/main.rs"),
    ),
    Defect(
        "cpu-clock",
        "user CPU time in a column of wall time: stamps of the wrong clock",
        "kmeans",
        TIMES,
        "invalid",
        "are not within the request's window",
        Seen("clock() adds up all threads, and was read as time", "https://github.com/fahbench/fahbench/issues/41"),
    ),
    Defect(
        "cpu-time",
        "user CPU time in a column of wall time: waiting is left out",
        "kmeans",
        TIMES,
        "invalid",
        "waits outside its stamps",
        Seen("CPU time is the default, and threads are not in it", "https://github.com/google/benchmark/issues/170"),
    ),
)
"""Defects of one arm."""

SHARED_CACHE = Defect(
    "shared-cache",
    "a warm cache for the second arm only",
    "kmeans",
    TIMES,
    "ok",
    "",
    Seen("whoever comes first fills the page cache", "https://github.com/paradedb/paradedb/issues/4789"),
)
"""No fault of an arm but of a schedule: it must not become a difference between arms that are the same."""

SETS = (
    Defect(
        "no_signal",
        "two arms at chance",
        "linear_regression",
        ANSWERS,
        "parity_failed",
        "reference at chance: R2 of the reference",
        Seen("networks of both languages at 6 to 15 % of ten classes, compared for speed", f"{RESULTS}/benchmark_results_complete.csv"),
    ),
    Defect(
        "one_class",
        "data with a single class",
        "linear_svc",
        DATA,
        "skipped",
        "is constant; there is nothing to predict",
        Seen(
            "rows sorted by class and cut at 80 %: no row to test with is of the class that is looked for",
            f"{CLASSICAL}/svm_benchmark/src/main.rs",
        ),
    ),
    Defect(
        "rare_class",
        "a split with a single class",
        "linear_svc",
        DATA,
        "ok",
        "in a bootstrap resample a class is missing",
        Seen("the same", f"{CLASSICAL}/svm_benchmark/src/main.rs"),
    ),
    Defect(
        "gaps",
        "missing values silently dropped",
        "linear_regression",
        DATA,
        "skipped",
        "has gaps in 3 of 200 rows",
        Seen("results without a value are left out of either language's mean", ANALYSIS),
    ),
)
"""Defects of a user's own data set, a file."""

DEFECTS = (*ARMS, SHARED_CACHE, *SETS)
