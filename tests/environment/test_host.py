"""Facts are read from the kernel, and what the kernel does not say is never made up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from assay import catalogue, contracts
from assay.environment import cgroup, counters, host, kernel, noise, preflight, provenance
from assay.paths import ROOT

SETTINGS = catalogue.load({}, ROOT).settings
ORIGIN = {"provenance": {}}


def write(path: Path, text: str | int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")
    return path


def test_facts_agree_with_another_reader(tmp_path: Path) -> None:
    facts = host.facts()
    contracts.write_json(tmp_path / "host.json", {**facts, **ORIGIN}, "host")
    assert facts["memory_bytes"] == psutil.virtual_memory().total
    assert facts["swap_bytes"] == psutil.swap_memory().total
    assert facts["cpus_online"] == psutil.cpu_count()
    assert facts["cpus_allowed"] == psutil.Process().cpu_affinity()
    assert facts["kernel"] == os.uname().release
    assert facts["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    left = cgroup.memory_left()
    if left is None:
        assert host.available_memory() == pytest.approx(psutil.virtual_memory().available, rel=0.2)


def test_the_measuring_side_can_use_it_without_numpy() -> None:
    program = (
        "import sys; from assay.environment import host, preflight, noise, provenance; host.facts()\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'sklearn', 'yaml', 'psutil', 'jsonschema'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_kernel_files_that_are_not_there_are_none(tmp_path: Path) -> None:
    assert kernel.text(tmp_path / "none") is None
    assert kernel.number(write(tmp_path / "words", "max")) is None
    assert kernel.number(write(tmp_path / "number", 12)) == 12
    assert kernel.pairs(write(tmp_path / "pairs", "a : 1\nb:2\na: 3\nnothing")) == {"a": "1", "b": "2"}


def test_quota_and_memory_of_version_2_are_the_tightest_on_the_way_up(tmp_path: Path) -> None:
    write(tmp_path / "a/cpu.max", "150000 100000")
    write(tmp_path / "a/b/cpu.max", "max 100000")
    write(tmp_path / "a/memory.max", 1000)
    write(tmp_path / "a/memory.current", 700)
    write(tmp_path / "a/memory.stat", "anon 600\ninactive_file 100")
    write(tmp_path / "a/b/memory.max", "max")
    write(tmp_path / "a/b/cpu.stat", "usage_usec 5\nnr_throttled 3")
    assert cgroup.cpu_quota(tmp_path, "0::/a/b") == 1.5
    assert cgroup.memory_limit(tmp_path, "0::/a/b") == 1000
    assert cgroup.memory_left(tmp_path, "0::/a/b") == 400
    assert cgroup.throttled(tmp_path, "0::/a/b") == 3
    assert cgroup.cpu_quota(tmp_path, "0::/") is None
    assert cgroup.memory_left(tmp_path, "0::/") is None


def test_quota_and_memory_of_version_1(tmp_path: Path) -> None:
    membership = "4:memory:/job\n3:cpu,cpuacct:/job\n0::/"
    write(tmp_path / "cpu,cpuacct/job/cpu.cfs_quota_us", 50000)
    write(tmp_path / "cpu,cpuacct/job/cpu.cfs_period_us", 100000)
    write(tmp_path / "memory/job/memory.limit_in_bytes", 2**30)
    write(tmp_path / "memory/job/memory.usage_in_bytes", 2**20)
    write(tmp_path / "memory/memory.limit_in_bytes", 9223372036854771712)
    assert cgroup.cpu_quota(tmp_path, membership) == 0.5
    assert cgroup.memory_limit(tmp_path, membership) == 2**30
    assert cgroup.memory_left(tmp_path, membership) == 2**30 - 2**20
    write(tmp_path / "cpu,cpuacct/job/cpu.cfs_quota_us", -1)
    assert cgroup.cpu_quota(tmp_path, membership) is None


def test_all_threads_are_what_the_quota_pays_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "allowed_cpus", lambda: list(range(8)))
    for quota, threads in ((None, 8), (2.5, 2), (0.5, 1), (64.0, 8)):
        monkeypatch.setattr(cgroup, "cpu_quota", lambda quota=quota: quota)
        assert host.thread_budget("all") == threads
        assert host.thread_budget("1") == 1


def test_every_check_of_the_host_has_a_value_and_a_failed_one_advice(tmp_path: Path) -> None:
    found = preflight.checks(SETTINGS.hardware, tmp_path)
    contracts.write_json(tmp_path / "preflight.json", {"checks": found, **ORIGIN}, "preflight")
    assert len({c["check"] for c in found}) == len(found) == 15
    for check in found:
        assert (check["ok"] is None) == str(check["value"]).startswith("not measured (")


def test_governor_and_turbo_are_judged(tmp_path: Path) -> None:
    assert preflight.governor(tmp_path).ok is None
    write(tmp_path / "cpu0/cpufreq/scaling_governor", "performance")
    assert preflight.governor(tmp_path).ok is True
    write(tmp_path / "cpu1/cpufreq/scaling_governor", "powersave")
    found = preflight.governor(tmp_path)
    assert (found.value, found.ok) == ("performance, powersave", False)
    assert "cpupower" in found.advice
    assert preflight.turbo(tmp_path).ok is None
    write(tmp_path / "cpufreq/boost", 1)
    assert preflight.turbo(tmp_path).ok is False
    write(tmp_path / "intel_pstate/no_turbo", 1)
    assert preflight.turbo(tmp_path).ok is True


def test_limits_of_the_hardware_file_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert preflight.memory(0.001).ok is True
    assert preflight.memory(1e6).ok is False
    assert preflight.disk(0.0, tmp_path).ok is True
    assert preflight.disk(1e9, tmp_path).ok is False
    assert preflight.busy(1e6).ok is True
    monkeypatch.setattr(preflight, "load", lambda: [64.0 * (os.cpu_count() or 1), 0.0, 0.0])
    assert preflight.busy(0.5).ok is False
    assert preflight.clocksource(["hpet"]).ok is False
    assert preflight.clocksource([host.clocksource()]).ok is True
    monkeypatch.setattr(cgroup, "cpu_quota", lambda: 0.5)
    assert preflight.quota().ok is False


def test_counters_are_there_or_the_kernel_says_why_not() -> None:
    reason = counters.unavailable()
    assert reason == "" or reason.startswith(("perf_event_open: ", "not known on "))
    found = preflight.performance_counters()
    assert found.ok is (None if reason else True)


def test_noise_sees_a_busy_neighbour() -> None:
    grades = SETTINGS.hardware["noise"]
    spinner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        found = noise.sample(1.0, grades)
    finally:
        spinner.kill()
        spinner.wait()
    assert found["index"] > 0.7 / found["cpus"], "one process keeps one CPU busy"
    assert found["seconds"] >= 1.0
    assert 0 <= found["steal"] <= 1


def test_a_noise_sample_keeps_its_contract(tmp_path: Path) -> None:
    contracts.write_json(tmp_path / "noise.json", {**noise.sample(0.2, SETTINGS.hardware["noise"]), **ORIGIN}, "noise")


def test_noise_has_three_grades() -> None:
    grades = {"quiet": 0.05, "moderate": 0.3}
    wanted = {0.0: "quiet", 0.049: "quiet", 0.05: "moderate", 0.299: "moderate", 0.3: "noisy", 1.0: "noisy"}
    assert {index: noise.grade(index, grades) for index in wanted} == wanted


def test_cpu_times_are_those_of_all_cpus_and_leave_out_guests(tmp_path: Path) -> None:
    stat = write(tmp_path / "stat", "cpu  10 20 30 40 50 60 70 80 5 6\ncpu0 1 2 3 4 5 6 7 8 0 0")
    assert sum(noise.cpu_times(str(stat)).values()) == 360
    assert noise.cpu_times(str(tmp_path / "none")) == {}


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, "-C", str(folder), *arguments], check=True, capture_output=True)


def test_provenance_names_the_commit_and_whether_it_was_changed(tmp_path: Path) -> None:
    assert provenance.commit_of(tmp_path) == "unknown"
    git(tmp_path, "init")
    assert provenance.commit_of(tmp_path) == "unknown", "no commit yet"
    path = write(tmp_path / "a.txt", "one")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    commit = provenance.commit_of(tmp_path)
    assert len(commit) == 40
    write(tmp_path / "untracked.txt", "results are not sources")
    assert provenance.commit_of(tmp_path) == commit
    write(path, "two")
    assert provenance.commit_of(tmp_path) == commit + "+dirty"
    (tmp_path / "inner").mkdir()
    assert provenance.commit_of(tmp_path / "inner") == "unknown", "a copy inside somebody else's repository has no commit of its own"


def test_provenance_changes_with_configuration_and_locks_only(tmp_path: Path) -> None:
    lock = write(tmp_path / "rust/classical/Cargo.lock", "a")
    first = provenance.collect(SETTINGS, tmp_path)
    assert first["locks"] == {"rust/classical/Cargo.lock": contracts.sha256_of(lock)}
    assert (first["seed"], first["preset"], first["commit"]) == (SETTINGS.config["seed"], SETTINGS.preset_name, "unknown")
    assert provenance.collect(SETTINGS, tmp_path)["run_id"] == first["run_id"]
    other = provenance.collect(catalogue.load({"seed": 1}, ROOT).settings, tmp_path)
    assert other["run_id"] != first["run_id"]
    assert other["config_sha256"] != first["config_sha256"]
    write(lock, "b")
    assert provenance.collect(SETTINGS, tmp_path)["run_id"] != first["run_id"]


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.commit_of(ROOT) == "unknown"
