"""Does an executable keep the worker protocol? It is put through every message, with small data; each check says what was seen."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.measure import examination as exam
from assay.measure.examined import CheckError, Examined
from assay.measure.process import WorkerError, WorkerProcess
from assay.measure.recipes import RECIPES

Examination = Callable[[Examined], str]

MANNERS: tuple[tuple[str, str, Examination], ...] = (
    ("hello", "protocol 1, CLOCK_MONOTONIC, its own pid, all fields", exam.hello),
    ("sample before load", "error bad_request", exam.sample_before_load),
    ("unknown request", "error bad_request", exam.unknown_request),
    ("unknown benchmark", "error unsupported", exam.unknown_benchmark),
    ("missing data file", "error failed", exam.missing_file),
    ("nonsense instead of a request", "error bad_request for each", exam.nonsense),
    ("line of 2 MiB", "error bad_request", exam.long_line),
)
WORK: tuple[tuple[str, str, Examination], ...] = (
    ("load", "4 variants, stamps within the request, no parameter that was not given", exam.load),
    ("unknown mode", "error unsupported", exam.unknown_mode),
    ("variants that are not there", "error bad_request", exam.wrong_variants),
    ("no calls", "error bad_request", exam.no_calls),
    ("warm-up", "one time per call", exam.warmup),
    ("outputs", "every answer by name, type and shape; finite", exam.outputs),
    ("checksums", "those of the outputs, for every variant and mode", exam.checksums),
    ("order of calls", "variants in turn, then rows in turn", exam.order_of_calls),
    ("repeated samples", "the same checksums", exam.repeated),
    ("variants", "other answers to other inputs", exam.variants_differ),
    ("row by row", "predict_one answers as predict does", exam.row_by_row),
    ("calibration", "the number of variants doubled some times, and long enough", exam.calibration),
    ("latency", "every call counted once, together no longer than the sample", exam.latency),
    ("CPU time", "no more than the kernel counted, more than none", exam.cpu_time),
    ("memory", "as /proc has it", exam.memory),
    ("reset of the peak", "the high-water mark falls to what is resident", exam.reset_peak),
    ("rest", "an idle worker uses no CPU", exam.rest),
    ("second load", "the same answers after loading again", exam.second_load),
)
ENDING: tuple[tuple[str, str, Examination], ...] = (
    ("quit", f"exit status 0 within {exam.END_S:g} s", exam.quits),
    ("end of stdin", f"it exits within {exam.END_S:g} s", exam.ends_with_stdin),
    ("stdout", "nothing but the protocol", exam.silent_stdout),
)


@dataclass(frozen=True)
class Check:
    """One rule of the protocol: whether it was kept, what was seen, and what is allowed."""

    name: str
    ok: bool
    seen: str
    allowed: str


def check_arm(command: Sequence[str], benchmark: str | None = None, environment: Mapping[str, str | None] | None = None) -> list[Check]:
    """Put an arm through the protocol.

    Parameters
    ----------
    command
        Program and arguments that start the worker.
    benchmark
        The only benchmark to go through; all that the arm says it has if None.
    environment
        Variables over those that every worker gets; None leaves one unset.
    """
    with tempfile.TemporaryDirectory() as folder:
        examined = Examined(lambda: WorkerProcess(command, environment=environment), Path(folder))
        try:
            checks = _go_through(examined, "", MANNERS[:1])
            if not checks[0].ok:
                return checks
            checks += _go_through(examined, "", MANNERS[1:])
            names = list(examined.benchmarks) if benchmark is None else [benchmark]
            for name in names:
                checks += _benchmark(examined, name)
            known = [name for name in names if name in RECIPES]
            checks.append(Check("benchmarks", bool(known), ", ".join(names) or "none", f"at least one of {', '.join(RECIPES)}"))
            return checks + _go_through(examined, "", ENDING)
        finally:
            examined.end()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give the parser of `assay check-arm` what the command takes."""
    parser.add_argument("--benchmark", choices=list(RECIPES), help="go through this benchmark only")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("command_line", nargs=argparse.REMAINDER, metavar="COMMAND", help="the executable and its arguments")


def report(options: argparse.Namespace) -> int:
    """Check the arm that a command line starts, print a table, and return 1 if any check failed and 2 without a command line."""
    command = options.command_line[1:] if options.command_line[:1] == ["--"] else options.command_line
    if not command:
        print("a COMMAND is needed, as in: assay check-arm python my_arm.py", file=sys.stderr)
        return 2
    checks = check_arm(command, options.benchmark)
    failed = sum(not check.ok for check in checks)
    if options.json:
        print(json.dumps([vars(check) for check in checks], indent=1))
    else:
        print_table(checks)
        verdict = f"{failed} of {len(checks)} checks failed" if failed else f"all {len(checks)} checks passed"
        print(f"{shlex.join(command)}: {verdict}")
    return 1 if failed else 0


def print_table(checks: Sequence[Check]) -> None:
    """Print each check, what was seen, and, where it failed, what is allowed."""
    width = max(len(check.name) for check in checks)
    for check in checks:
        word = "passed" if check.ok else "FAILED"
        print(f"{word}  {check.name:<{width}}  {check.seen}")
        if not check.ok:
            print(f"{'':>{width + 8}}  allowed: {check.allowed}")
    sys.stdout.flush()


def _benchmark(examined: Examined, name: str) -> list[Check]:
    if name not in examined.benchmarks:
        return [Check(name, False, "the arm does not have it", f"one of {', '.join(examined.benchmarks)}")]
    if name not in RECIPES:
        return []  # an arm may know more than this page does
    examined.begin(RECIPES[name])
    checks = _go_through(examined, f"{name}: ", WORK[:1])
    return checks + _go_through(examined, f"{name}: ", WORK[1:]) if checks[0].ok else checks


def _go_through(examined: Examined, prefix: str, examinations: Sequence[tuple[str, str, Examination]]) -> list[Check]:
    checks = []
    for name, allowed, examine in examinations:
        try:
            seen, ok = examine(examined), True
        except CheckError as refused:
            seen, ok = str(refused), False
        except WorkerError as error:
            seen, ok = str(error), False
        except (LookupError, ArithmeticError, TypeError, ValueError) as error:  # answers so wrong that they cannot be compared
            seen, ok = f"the answers cannot be compared: {type(error).__name__}: {error}", False
        checks.append(Check(prefix + name, ok, seen, allowed))
    return checks
