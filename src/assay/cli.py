"""The command `assay`: what people type beside snakemake."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from assay import catalogue, contracts
from assay.assessment import numbers
from assay.config import ConfigError, check_syntax, merge, nearest
from assay.measure import conformance
from assay.paths import ROOT


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status; bad input gives a message, never a traceback."""
    parser = argparse.ArgumentParser(prog="assay", description="Beside `snakemake`: look at results and check arms.")
    commands = parser.add_subparsers(dest="command", required=True)
    verdicts = commands.add_parser("verdicts", help="print the verdicts and where the report is")
    verdicts.add_argument("--results", type=Path, default=Path("results"))
    plan = commands.add_parser("check-config", help="check config/ and list what would be measured")
    plan.add_argument("--configfile", type=Path, action="append", default=[], metavar="FILE", help="as snakemake's")
    plan.add_argument("--config", nargs="+", default=[], metavar="KEY=VALUE", help="as snakemake's")
    commands.add_parser("builds", help="say what was built; exit 1 if a build failed")
    keep = commands.add_parser("record", help="write a benchmark's result as Markdown and CSV, to be committed")
    keep.add_argument("benchmark")
    keep.add_argument("--results", type=Path, default=Path("results"))
    keep.add_argument("--into", type=Path, default=Path("docs/results"), metavar="FOLDER")
    upstream = commands.add_parser("findings", help="run the programs that show framework findings; exit 1 if one is no longer true")
    upstream.add_argument("--write", action="store_true", help="write docs/framework-findings.md from the list instead")
    check = commands.add_parser("check-arm", help="put an executable through every message of the worker protocol")
    conformance.add_arguments(check)
    args = parser.parse_args(argv)
    try:
        if args.command == "verdicts":
            return print_verdicts(args.results)
        if args.command == "check-config":
            return print_plan(overrides(args.configfile, args.config))
        if args.command == "builds":
            return print_builds(Path("results/implementation"))
        if args.command == "record":
            return write_record(args.benchmark, args.results, args.into)
        if args.command == "findings":
            return write_findings() if args.write else check_findings()
        return conformance.report(args)
    except (ConfigError, contracts.ContractError) as error:
        print(error, file=sys.stderr)
        return 2


def print_verdicts(results: Path) -> int:
    """Print one line per decisive comparison, the arms that have none with their reason, and the report's path."""
    from rich.console import Console
    from rich.table import Table

    path = results / "analysis" / "comparisons.csv"
    if not path.exists():
        print(f"{path}: not there yet; run `make run` or `snakemake --cores all` first", file=sys.stderr)
        return 1
    rows = contracts.read_table(path, "comparisons")
    rows = rows[rows["family"] == "decisive"]
    table = Table(title="Verdicts (above 1x the arm is faster than the reference; simultaneous intervals)", title_justify="left")
    for heading in ("benchmark", "mode", "arm", "against", "speed", "interval", "verdict"):
        table.add_column(heading, justify="right" if heading == "speed" else "left")
    skipped = rows["status"] == "skipped"
    for row in rows[~skipped].to_dict("records"):
        known = row["ratio"] == row["ratio"]
        speed = numbers.ratio(row["ratio"]) if known else ""
        interval = numbers.interval(row["ratio_low"], row["ratio_high"]) if known else str(row["reason"])
        word = row["verdict"] or f"no verdict at preset {row['preset']}"
        table.add_row(row["benchmark"], row["mode"], row["arm"], row["reference"], speed, interval, word)
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    for (arm, reason), left_out in rows[skipped].groupby(["arm", "reason"]):
        console.print(f"No figures for {arm} in {', '.join(sorted(set(left_out['benchmark'])))}: {reason}.", soft_wrap=True, style="dim")
    report = Path("reports/report.html")
    if report.exists():
        console.print(f"Report: {report.resolve()}", soft_wrap=True)
    return 0


def overrides(files: list[Path], settings: list[str]) -> dict[str, Any]:
    """Return what configuration files and KEY=VALUE settings lay over config/config.yaml; the settings win, then the last file."""
    found: dict[str, Any] = {}
    for path in files:
        check_syntax(path)
        found = merge(found, yaml.safe_load(path.read_text(encoding="utf-8")))
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError([f"--config {setting}: must be KEY=VALUE, as in preset=standard"])
        try:
            found[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise ConfigError([f"--config {setting}: the value is not valid YAML; quote it"]) from None
    return found


def write_record(benchmark: str, results: Path, folder: Path) -> int:
    """Write a benchmark's result as Markdown and CSV and print where."""
    from assay.report.record import NothingMeasuredError, record

    plan = catalogue.load()
    if benchmark not in plan.all_benchmarks:
        known = list(plan.all_benchmarks)
        print(f"no benchmark {benchmark!r}{nearest(benchmark, known)} Allowed: {', '.join(known)}", file=sys.stderr)
        return 2
    try:
        for path in record(plan, benchmark, results, folder):
            print(path)
    except NothingMeasuredError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def print_plan(wanted: dict[str, Any]) -> int:
    """Check the configuration and print each benchmark's cells and arms."""
    plan = catalogue.load(wanted)
    for benchmark in plan.benchmarks.values():
        print(f"{benchmark.name} (m = {benchmark.family_size})")
        for cell in plan.cells(benchmark.name):
            print(f"  {cell.id}: {', '.join(plan.arms(cell))}")
    return 0


def print_builds(folder: Path) -> int:
    """Print what each build came to; 1 if one failed."""
    failed = False
    for path in sorted(folder.glob("*.json")):
        build = contracts.read_json(path)
        failed |= build["status"] == "failed"
        seconds = f", {build['seconds']:.0f} s" if build.get("seconds") else ""
        print(f"{path.stem}: {build['status']}{seconds}" + (f": {build['reason']}" if build.get("reason") else ""))
    return int(failed)


def check_findings() -> int:
    """Run the program of every framework finding and print what it came to; 1 if one is no longer true or cannot be run."""
    from assay.assessment import findings

    fault = findings.build(findings.read())
    if fault:
        print(fault, file=sys.stderr)
        return 1
    as_written = True
    for finding in findings.read():
        seen = findings.check(finding)
        as_written &= bool(seen.confirmed)
        print(f"{seen.word}: {finding.framework} {', '.join(finding.locked)}: {finding.title}", flush=True)
        print(f"  {seen.observed}", flush=True)
    return int(not as_written)


def write_findings() -> int:
    """Write the page of framework findings from the list and print where."""
    from assay.assessment import findings

    contracts.write_text(ROOT / findings.PAGE, findings.page(findings.read()))
    print(findings.PAGE)
    return 0
