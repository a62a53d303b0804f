"""The workflow as a user runs it: real builds, real workers, preset smoke."""

import json
import os
import signal
import sys
from pathlib import Path

import pandas as pd
import psutil
import pytest
from runs import SMALL, blocks_kept, left_behind, start, wait_for

from assay import contracts

pytestmark = pytest.mark.workflow


def rows(place: Path, path: str) -> pd.DataFrame:
    return contracts.read_table(place / path, "comparisons")


def test_a_whole_run_ends_in_a_report_and_a_second_run_has_nothing_to_do(snakemake, place):
    snakemake(*SMALL)
    assert (place / "reports" / "report.html").stat().st_size > 10_000
    table = rows(place, "results/analysis/comparisons.csv")
    assert {"native", "linfa", "linfa-py", "smartcore", "sklearn-copy"} <= set(table["arm"])
    ok = table[(table["metric"] == "time_ns") & (table["status"] == "ok")]
    assert {"fit", "predict", "predict_one"} == set(ok["mode"])
    assert set(table["verdict"]) == {""}, "preset smoke gives no verdicts"
    again = snakemake(*SMALL)
    assert "Nothing to be done" in again.stdout + again.stderr
    assert left_behind(place) == []

    journal = sorted((place / "results" / ".journal").iterdir())
    snakemake("--cores", "2", "--config", "preset=smoke", "benchmarks=linear_regression", "frameworks=linfa")
    filtered = rows(place, "results/analysis/comparisons.csv")
    assert set(filtered[filtered["status"] == "ok"]["arm"]) == {"linfa", "sklearn-copy"}
    assert set(filtered["m"][filtered["family"] == "decisive"]) == set(table["m"][table["family"] == "decisive"])
    assert set(journal) < set((place / "results" / ".journal").iterdir()), "a filter must not destroy what was measured"

    snakemake(*SMALL)
    back = rows(place, "results/analysis/comparisons.csv")
    pd.testing.assert_frame_equal(back, table)


def test_an_own_csv_and_an_own_executable_appear_by_configuration_alone(snakemake, place):
    (place / "data").mkdir()
    frame = pd.DataFrame({f"x{i}": [float((j * (i + 3)) % (11 + i)) for j in range(400)] for i in range(4)})
    frame["price"] = 3 * frame["x0"] - 2 * frame["x1"] + 0.1 * frame["x2"] + 5
    frame.to_csv(place / "data" / "houses.csv", index=False)
    command = [sys.executable, "examples/plain_python_arm/arm.py"]
    mine = {"kind": "command", "language": "python", "command": command}
    mine["benchmarks"] = {"linear_regression": {"work": "same_optimum", "reason": "normal equations"}}
    frameworks = place / "config" / "frameworks.yaml"
    frameworks.write_text(frameworks.read_text() + "mine: " + json.dumps(mine) + "\n")
    own = {"houses": {"kind": "file", "path": "data/houses.csv", "target": "price", "benchmarks": ["linear_regression"]}}
    (place / "mine.yaml").write_text(json.dumps({"datasets": own}))
    snakemake("--cores", "2", "--configfile", "mine.yaml", "--config", "preset=smoke", "benchmarks=linear_regression-houses")
    table = rows(place, "results/linear_regression-houses/comparisons.csv")
    fit = table[(table["mode"] == "fit") & (table["metric"] == "time_ns")].set_index("arm")
    assert fit.loc["mine", "status"] == "ok", fit.loc["mine", "reason"]
    assert fit.loc["linfa", "status"] == "ok", fit.loc["linfa", "reason"]
    page = (place / "reports" / "linear_regression-houses.html").read_text()
    assert "houses" in page
    assert "mine" in page


@pytest.mark.parametrize(
    ("content", "words"),
    [("a,b,price\n1,2,3\n4,,6\n" * 20, "gap"), ("a,b,price\n1,red,3\n4,5,6\n" * 20, "red"), ("a,b,cost\n1,2,3\n4,5,7\n" * 20, "price")],
)
def test_a_bad_file_of_a_user_is_explained_in_the_report_and_stops_nothing(snakemake, place, content, words):
    (place / "own.csv").write_text(content)
    own = {"mine": {"kind": "file", "path": "own.csv", "target": "price", "benchmarks": ["linear_regression"]}}
    (place / "mine.yaml").write_text(json.dumps({"datasets": own}))
    done = snakemake("--cores", "2", "--configfile", "mine.yaml", "--config", "preset=smoke", "benchmarks=linear_regression-mine")
    assert "Traceback" not in done.stdout + done.stderr
    assert words in (place / "reports" / "linear_regression-mine.html").read_text()


@pytest.mark.parametrize("victim", ["snakemake", "orchestrator"])
def test_after_kill_9_the_next_run_finishes_without_help_and_keeps_finished_blocks(snakemake, place, victim):
    process = start(place, *SMALL)
    try:
        wait_for(lambda: blocks_kept(place) >= 1)
        kept = blocks_kept(place)
        if victim == "snakemake":
            process.kill()
        else:
            for child in psutil.Process(process.pid).children(recursive=True):
                if "measure" in " ".join(child.cmdline()):
                    child.kill()
                    break
        process.wait(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    wait_for(lambda: left_behind(place) == [], 15)
    done = snakemake(*SMALL)
    assert "LockException" not in done.stdout + done.stderr
    environment = json.loads((place / "results/linear_regression/environment/regression-20000x20-t1.json").read_text())
    assert environment["journal"]["resumed_blocks"] >= kept
    assert left_behind(place) == []


def test_a_second_run_in_the_same_folder_is_told_so_and_harms_nothing(snakemake, place):
    process = start(place, *SMALL)
    try:
        wait_for(lambda: (place / "results" / ".lock").exists() and (place / "results" / ".lock").read_text())
        second = snakemake(*SMALL, check=False)
        assert second.returncode != 0
        assert "another Assay run works in results/" in second.stdout + second.stderr
        assert process.wait(timeout=300) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
