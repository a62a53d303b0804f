"""The main loop, without a process: requests in, replies out."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression

from assay.arms import linfa_py, sklearn
from assay.measure.recipes import RECIPES
from assay.worker import Arm, Benchmark, Error, Inputs, Mode, Parameters, Work, memory, serve


def talk(arm: Arm, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """The replies to requests, one after another."""
    lines = b"".join(json.dumps({"token": str(i), **request}).encode() + b"\n" for i, request in enumerate(requests))
    output = BytesIO()
    serve.serve(arm, BytesIO(lines), output)
    return [json.loads(line) for line in output.getvalue().splitlines()]


def arm_of(load: Any) -> Arm:
    return Arm("a", "f", lambda: "1", {"linear_regression": Benchmark(load)})


def loading(path: Path, benchmark_name: str = "linear_regression", **parameters: Any) -> dict[str, Any]:
    recipe = RECIPES[benchmark_name]
    recipe.write(path)
    return {
        "request": "load", "benchmark": benchmark_name, "dataset": {"path": str(path), "sha256": ""},
        "parameters": {**recipe.parameters, **parameters}, "seed": 11, "threads": 1,
    }  # fmt: skip


def simple(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    mode = Mode(lambda x: x.sum(), [[x] for x in inputs.each("x")], lambda total: {"sum": [total]})
    return Work(parameters={}, call="x.sum()", modes={"fit": mode})


def test_replies_come_in_order_and_echo_the_token(tmp_path: Path) -> None:
    replies = talk(
        arm_of(simple), {"request": "memory"}, loading(tmp_path / "d"), {"request": "run", "mode": "fit", "variants": [1], "loops": 3},
        {"request": "quit"}, {"request": "memory"},
    )  # fmt: skip
    assert [(r["reply"], r["token"], r["status"]) for r in replies] == [
        ("memory", "0", "ok"), ("load", "1", "ok"), ("run", "2", "ok"), ("quit", "3", "ok"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        (ValueError("singular"), "failed", "ValueError: singular"),
        (MemoryError(), "out_of_memory", "MemoryError"),
        (SystemExit(3), "failed", "SystemExit: 3"),
        (Error.unsupported("no such solver"), "unsupported", "no such solver"),
        (Error.diverged("nan"), "diverged", "nan"),
        (ImportError("No module named 'that'"), "unsupported", "f cannot be imported: No module named 'that'"),
        (KeyError("x"), "failed", "KeyError: 'x'"),
        (RecursionError("too deep"), "failed", "RecursionError: too deep"),
        (ValueError("x" * 100_000), "failed", "ValueError: xxx"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_whatever_an_arm_raises_becomes_an_error_with_its_kind(raised: BaseException, kind: str, words: str, tmp_path: Path) -> None:
    def load(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
        raise raised

    first, second = talk(arm_of(load), loading(tmp_path / "d"), {"request": "memory"})
    assert (first["status"], first["kind"]) == ("error", kind)
    assert first["message"].startswith(words)
    assert len(first["message"]) <= 1 << 14
    assert second["status"] == "ok", "the worker goes on"


def test_an_interrupt_ends_the_worker(tmp_path: Path) -> None:
    def load(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        talk(arm_of(load), loading(tmp_path / "d"))


def test_a_missing_parameter_is_a_bad_request(tmp_path: Path) -> None:
    request = loading(tmp_path / "d")
    del request["parameters"]["fit_intercept"]
    (reply,) = talk(sklearn.ARM, request)
    assert (reply["kind"], reply["message"]) == ("bad_request", "parameters: fit_intercept is missing")


def test_a_failed_load_leaves_nothing_loaded(tmp_path: Path) -> None:
    bad = {**loading(tmp_path / "d"), "dataset": {"path": str(tmp_path / "missing"), "sha256": ""}}
    replies = talk(arm_of(simple), loading(tmp_path / "d"), bad, {"request": "run", "mode": "fit", "variants": [0], "loops": 1})
    assert [r["status"] for r in replies] == ["ok", "error", "error"]
    assert replies[2]["message"] == "nothing is loaded"


def test_a_framework_that_is_not_installed_is_unsupported() -> None:
    def version() -> str:
        raise ModuleNotFoundError("No module named 'that'")

    (reply,) = talk(Arm("a", "f", version, {}), {"request": "hello", "protocol": 1})
    assert (reply["kind"], reply["message"]) == ("unsupported", "f cannot be imported: No module named 'that'")


def test_the_linfa_arm_says_when_its_module_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "linfa_py", None)
    replies = talk(linfa_py.ARM, {"request": "hello", "protocol": 1}, loading(tmp_path / "d"))
    assert [(r["status"], r["kind"]) for r in replies] == [("error", "unsupported")] * 2


def test_another_protocol_is_refused() -> None:
    (reply,) = talk(arm_of(simple), {"request": "hello", "protocol": 2})
    assert (reply["kind"], reply["message"]) == ("bad_request", "protocol 2: this worker speaks 1")


def test_what_lives_after_loading_is_out_of_the_collectors_sight(tmp_path: Path) -> None:
    seen = []

    def load(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
        kept = [[number] for number in range(50_000)]
        mode = Mode(lambda _: seen.append(gc.get_freeze_count()), [[0]] * inputs.variants, lambda _: {"n": [float(len(kept))]})
        return Work(parameters={}, call="", modes={"fit": mode})

    try:
        talk(arm_of(load), loading(tmp_path / "d"), {"request": "run", "mode": "fit", "variants": [0], "loops": 1})
        assert seen[0] > 50_000
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_the_seed_reaches_the_arm(tmp_path: Path) -> None:
    seeds = []

    def load(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
        seeds.append((inputs.seed, threads))
        return simple(inputs, parameters, threads)

    talk(arm_of(load), loading(tmp_path / "d"))
    assert seeds == [(11, 1)]


def test_memory_is_that_of_the_kernel_and_a_reset_forgets_the_peak() -> None:
    size = 256 << 20
    before = memory.reset_peak()["rss_bytes"]
    pages = np.ones(size // 8)
    del pages
    after = memory.memory()["peak_bytes"]
    assert after >= before + size * 0.9
    memory.reset_peak()
    assert memory.memory()["peak_bytes"] < after - size // 2


def test_fields_of_status_are_read_in_bytes() -> None:
    status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t     100 kB\nVmData:\tmuch kB\n"
    assert (memory.find(status, "VmHWM:"), memory.find(status, "VmRSS:")) == (2048 * 1024, 100 * 1024)
    for name in ("VmSwap:", "VmData:"):
        with pytest.raises(Error, match=f"no {name}"):
            memory.find(status, name)


def outputs_of(arm: Arm, folder: Path, benchmark_name: str) -> tuple[Inputs, dict[str, Any], dict[str, np.ndarray]]:
    from safetensors.numpy import load_file

    path = folder / "out"
    replies = talk(
        arm, loading(folder / "d", benchmark_name), {"request": "outputs", "path": str(path), "modes": ["fit", "predict", "predict_one"]}
    )
    assert [r["status"] for r in replies] == ["ok", "ok"], replies
    return Inputs.read(folder / "d"), replies[0], load_file(path)


def test_sklearn_kmeans_is_the_public_call(tmp_path: Path) -> None:
    inputs, load, out = outputs_of(sklearn.ARM, tmp_path, "kmeans")
    assert load["parameters"] == dict(RECIPES["kmeans"].parameters)
    centres = inputs.matrix("centres")
    for v in range(4):
        x, q = inputs.matrix(f"x.{v}"), inputs.matrix(f"q.{v}")
        model = KMeans(n_clusters=3, init=inputs.matrix(f"init.{v}"), n_init=1, max_iter=10, tol=1e-12, algorithm="lloyd").fit(x)
        assert np.array_equal(out[f"fit/{v}/centres"], model.cluster_centers_)
        assert np.array_equal(out[f"fit/{v}/labels"], model.labels_)
        assert out[f"fit/{v}/iterations"].tolist() == [model.n_iter_]
        nearest = ((q[:, None, :] - centres) ** 2).sum(axis=2).argmin(axis=1)
        assert np.array_equal(out[f"predict/{v}/labels"], nearest)
        assert np.array_equal(out[f"predict_one/{v}/labels"], nearest)


@pytest.mark.live
def test_the_sklearn_worker_does_not_carry_what_only_assay_needs() -> None:
    code = """
import sys
from assay.arms import sklearn
from assay.worker import serve
status = serve.run(sklearn.ARM)
import sklearn.cluster, sklearn.linear_model
assert "pandas" not in sys.modules
print([name for name in ("pandas", "pyarrow", "matplotlib", "sklearn") if sys.modules.get(name)], file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", code], input=b'{"request": "hello", "token": "t", "protocol": 1}\n', capture_output=True)
    assert json.loads(ran.stdout)["build"]["hidden"] == "pandas, pyarrow"
    assert ran.stderr.splitlines()[-1] == b"['sklearn']"


def test_sklearn_linear_regression_is_the_public_call(tmp_path: Path) -> None:
    inputs, load, out = outputs_of(sklearn.ARM, tmp_path, "linear_regression")
    assert load["parameters"] == dict(RECIPES["linear_regression"].parameters)
    first = LinearRegression().fit(inputs.matrix("x.0"), inputs.vector("y.0"))
    for v in range(4):
        model = LinearRegression().fit(inputs.matrix(f"x.{v}"), inputs.vector(f"y.{v}"))
        assert np.array_equal(out[f"fit/{v}/coefficients"], model.coef_)
        assert out[f"fit/{v}/intercept"].tolist() == [model.intercept_]
        for mode in ("predict", "predict_one"):
            assert out[f"{mode}/{v}/predictions"] == pytest.approx(first.predict(inputs.matrix(f"q.{v}")), rel=1e-12)


@pytest.mark.live
def test_what_a_library_prints_does_not_reach_the_protocol() -> None:
    code = """
import os
from assay.worker import Arm, serve
def version():
    print("printed from Python", flush=True)
    os.write(1, b"printed from below\\n")
    os.system("echo printed by a child")
    return "1"
raise SystemExit(serve.run(Arm("a", "f", version, {})))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], input=b'{"request": "hello", "token": "t", "protocol": 1}\n{"request": "quit", "token": "u"}\n',
        capture_output=True,
    )  # fmt: skip
    assert ran.returncode == 0
    assert [json.loads(line)["token"] for line in ran.stdout.splitlines()] == ["t", "u"]
    for words in (b"printed from Python", b"printed from below", b"printed by a child"):
        assert words in ran.stderr
