"""The three Rust arms through their protocol, against scikit-learn.

Run after `cargo build --release --locked`; needs numpy, scikit-learn and safetensors.
"""

# ruff: noqa: D102, D103, PLR0917

import json
import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_blobs
from sklearn.linear_model import LinearRegression

RELEASE = Path(__file__).resolve().parents[1] / "target" / "release"
ARMS = ["linfa", "smartcore", "native"]
VARIANTS = 4


class Worker:
    """One arm in a process, asked and answered line by line."""

    def __init__(self, arm, threads=1):
        env = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen([RELEASE / arm], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        self.threads = threads

    def ask(self, request, **fields):
        line = json.dumps({"request": request, "token": f"token of {request}", **fields})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        assert (reply["reply"], reply["token"]) == (request, f"token of {request}")
        return reply

    def ok(self, request, **fields):
        reply = self.ask(request, **fields)
        assert reply["status"] == "ok", reply
        return reply

    def load(self, benchmark, path, parameters):
        dataset = {"path": str(path), "sha256": ""}
        fields = {"benchmark": benchmark, "dataset": dataset, "parameters": parameters, "seed": 7}
        return self.ok("load", **fields, threads=self.threads)

    def outputs(self, path, modes=("fit", "predict", "predict_one")):
        return load_file(self.ok("outputs", path=str(path), modes=list(modes))["path"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(10) == 0
        self.process.stdout.close()


def write(path, tensors, order):
    """Write a data file; matrices in order F are stored transposed."""
    stored = {name: np.ascontiguousarray(a.T if order == "F" and a.ndim == 2 else a) for name, a in tensors.items()}
    save_file(stored, path, metadata={"order": order})
    return path


def kmeans_tensors(make_x, k, rows_q):
    tensors = {}
    for v in range(VARIANTS):
        x = make_x(v)
        rng = np.random.default_rng(v)
        init = x[rng.permutation(len(x))[:k]] + 1e-6 * rng.normal(size=(k, x.shape[1]))  # whole numbers tie exactly
        tensors |= {f"x.{v}": x, f"q.{v}": x[:rows_q] + 0.01, f"init.{v}": init}
    return tensors | {"centres": KMeans(k, init=init, n_init=1, max_iter=3).fit(x).cluster_centers_}


def regression_tensors(n, p):
    tensors = {}
    for v in range(VARIANTS):
        rng = np.random.default_rng(v)
        x, w = rng.normal(size=(n, p)) + 3, rng.normal(size=p)
        tensors |= {f"x.{v}": x, f"y.{v}": x @ w + 2 + rng.normal(size=n), f"q.{v}": rng.normal(size=(n // 2, p))}
    return tensors


def blobs(n, d, k):
    return lambda v: make_blobs(n, d, centers=k, cluster_std=4.0, random_state=v)[0] + 5


def digits(v):
    x = load_digits().data
    return x[np.random.default_rng(v).permutation(len(x))]


def parameters(k, max_iter=10, tol=1e-12):
    return {"n_clusters": k, "max_iter": max_iter, "tol": tol, "n_init": 1, "dtype": "float64"}


def nearest(x, centres):
    return ((x[:, None, :] - centres) ** 2).sum(2).argmin(1)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("make_x", "k", "max_iter", "tol"),
    [
        (blobs(5000, 16, 16), 16, 10, 1e-12),
        (blobs(3000, 2, 5), 5, 300, 1e-4),
        (blobs(2000, 3, 9), 9, 300, 0.0),
        (digits, 10, 10, 1e-12),
        (digits, 10, 300, 1e-4),
    ],
)
def test_native_takes_the_steps_of_scikit_learn(tmp_path, order, threads, make_x, k, max_iter, tol):
    tensors = kmeans_tensors(make_x, k, 100)
    path = write(tmp_path / "data.safetensors", tensors, order)
    with Worker("native", threads) as worker:
        reply = worker.load("kmeans", path, parameters(k, max_iter, tol))
        answers = worker.outputs(tmp_path / "out.safetensors")
    assert reply["pools"] == ([{"name": "rayon", "threads": 2}] if threads == 2 else [])
    for v in range(VARIANTS):
        sk = KMeans(k, init=tensors[f"init.{v}"], n_init=1, max_iter=max_iter, tol=tol).fit(tensors[f"x.{v}"])
        assert answers[f"fit/{v}/iterations"].tolist() == [sk.n_iter_]
        np.testing.assert_allclose(answers[f"fit/{v}/centres"], sk.cluster_centers_, rtol=0, atol=1e-10)
        np.testing.assert_array_equal(answers[f"fit/{v}/labels"], sk.labels_)


def test_native_relocates_empty_clusters_like_scikit_learn(tmp_path):
    x = blobs(500, 3, 4)(0)
    init = np.vstack([x[:4], np.full((1, 3), 1e4)])  # nothing is nearest to the last one
    tensors = {"x.0": x, "q.0": x[:5], "init.0": init, "centres": init}
    path = write(tmp_path / "data.safetensors", tensors, "C")
    with Worker("native") as worker:
        worker.load("kmeans", path, parameters(5, 50, 1e-4))
        answers = worker.outputs(tmp_path / "out.safetensors", ["fit"])
    sk = KMeans(5, init=init, n_init=1, max_iter=50, tol=1e-4).fit(x)
    assert answers["fit/0/iterations"].tolist() == [sk.n_iter_]
    np.testing.assert_allclose(answers["fit/0/centres"], sk.cluster_centers_, rtol=0, atol=1e-10)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_predicts_with_exactly_the_given_centres(tmp_path, arm, order):
    tensors = kmeans_tensors(blobs(3000, 8, 6), 6, 1500)
    path = write(tmp_path / "data.safetensors", tensors, order)
    with Worker(arm) as worker:
        worker.load("kmeans", path, parameters(6))
        answers = worker.outputs(tmp_path / "out.safetensors")
    for v in range(VARIANTS):
        expected = nearest(tensors[f"q.{v}"], tensors["centres"])
        np.testing.assert_array_equal(answers[f"predict/{v}/labels"], expected)
        np.testing.assert_array_equal(answers[f"predict_one/{v}/labels"], expected[:1024])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("arm", ARMS)
def test_labels_and_iterations_of_a_fit_belong_to_its_centres(tmp_path, arm, order):
    tensors = kmeans_tensors(blobs(3000, 8, 6), 6, 10)
    path = write(tmp_path / "data.safetensors", tensors, order)
    with Worker(arm) as worker:
        worker.load("kmeans", path, parameters(6))
        answers = worker.outputs(tmp_path / "out.safetensors", ["fit"])
    for v in range(VARIANTS):
        centres, labels = answers[f"fit/{v}/centres"], answers[f"fit/{v}/labels"]
        assert centres.shape == (6, 8)
        np.testing.assert_array_equal(labels, nearest(tensors[f"x.{v}"], centres))
        if arm != "smartcore":  # iterations are known
            assert answers[f"fit/{v}/iterations"].tolist() == [10]
        inertia = ((tensors[f"x.{v}"] - centres[labels]) ** 2).sum()
        alone = ((tensors[f"x.{v}"] - tensors[f"x.{v}"].mean(0)) ** 2).sum()
        assert inertia < 0.8 * alone


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_finds_the_least_squares_of_scikit_learn(tmp_path, arm, order):
    tensors = regression_tensors(3000, 20)
    path = write(tmp_path / "data.safetensors", tensors, order)
    with Worker(arm) as worker:
        worker.load("linear_regression", path, {"fit_intercept": True, "dtype": "float64"})
        answers = worker.outputs(tmp_path / "out.safetensors")
    fits = [LinearRegression().fit(tensors[f"x.{v}"], tensors[f"y.{v}"]) for v in range(VARIANTS)]
    for v, sk in enumerate(fits):
        np.testing.assert_allclose(answers[f"fit/{v}/coefficients"], sk.coef_, rtol=0, atol=1e-12)
        np.testing.assert_allclose(answers[f"fit/{v}/intercept"], [sk.intercept_], rtol=0, atol=1e-11)
        expected = fits[0].predict(tensors[f"q.{v}"])
        np.testing.assert_allclose(answers[f"predict/{v}/predictions"], expected, rtol=0, atol=1e-11)
        np.testing.assert_allclose(answers[f"predict_one/{v}/predictions"], expected[:1024], rtol=0, atol=1e-11)


@pytest.mark.parametrize("arm", ["linfa", "native"])
def test_least_squares_without_an_intercept(tmp_path, arm):
    tensors = regression_tensors(500, 4)
    path = write(tmp_path / "data.safetensors", tensors, "F")
    with Worker(arm) as worker:
        reply = worker.load("linear_regression", path, {"fit_intercept": False, "dtype": "float64"})
        answers = worker.outputs(tmp_path / "out.safetensors")
    assert reply["parameters"]["fit_intercept"] is False
    sk = LinearRegression(fit_intercept=False).fit(tensors["x.1"], tensors["y.1"])
    np.testing.assert_allclose(answers["fit/1/coefficients"], sk.coef_, rtol=0, atol=1e-12)
    assert answers["fit/1/intercept"].tolist() == [0.0]


@pytest.mark.parametrize("arm", ARMS)
def test_a_sample_is_described_in_full(tmp_path, arm):
    tensors = kmeans_tensors(blobs(2000, 4, 4), 4, 50)
    path = write(tmp_path / "data.safetensors", tensors, "C")
    with Worker(arm) as worker:
        hello = worker.ok("hello", protocol=1)
        worker.load("kmeans", path, parameters(4))
        answers = worker.outputs(tmp_path / "out.safetensors")
        for mode in hello["benchmarks"]["kmeans"]:
            loops = worker.ok("calibrate", mode=mode, variants=[0, 1, 2, 3], min_ns=2_000_000)["loops"]
            sample = worker.ok("run", mode=mode, variants=[0, 1, 2, 3], loops=loops, latency=False)
            assert sample["t1_ns"] - sample["t0_ns"] > 0 and sample["loops"] == loops
            for v, sums in enumerate(sample["checksums"]):
                names = sorted(name for name in answers if name.startswith(f"{mode}/{v}/"))
                row = (loops - VARIANTS + v) // VARIANTS % 50
                arrays = [answers[name][row : row + 1] if mode == "predict_one" else answers[name] for name in names]
                np.testing.assert_allclose(sums, np.concatenate([checksum(a) for a in arrays]), rtol=1e-12)
        latency = worker.ok("run", mode="predict_one", variants=[0], loops=500, latency=True)
        assert sum(latency["histogram"].values()) == 500
        assert worker.ok("reset_peak")["rss_bytes"] <= worker.ok("memory")["peak_bytes"]
        assert worker.ok("quit")["status"] == "ok"
    build = hello["build"]
    assert (build["profile"], build["lto"], build["codegen_units"], build["opt_level"]) == ("release", "false", "16", "3")
    assert build["debug_assertions"] == "false" and build["compiler"].startswith("rustc 1.")
    assert (hello["arm"], hello["language"], hello["pid"]) == (arm, "rust", worker.process.pid)


def checksum(a):
    a = a.astype(float).ravel()
    return [a.sum(), np.abs(a).sum(), (a * (1 + np.arange(a.size) % 31 / 31)).sum()]


@pytest.mark.parametrize("arm", ARMS)
def test_what_an_arm_cannot_do_is_an_error_and_it_goes_on(tmp_path, arm):
    tensors = kmeans_tensors(blobs(100, 2, 2), 2, 10)
    path = write(tmp_path / "data.safetensors", tensors, "C")

    def load(worker, **changes):
        fields = {"benchmark": "kmeans", "dataset": {"path": str(path), "sha256": ""}, "parameters": parameters(2)}
        return worker.ask("load", **{**fields, "seed": 1, "threads": 1, **changes}).get("kind")

    with Worker(arm) as worker:
        assert load(worker, benchmark="nothing_of_the_kind") == "unsupported"
        assert load(worker, parameters=parameters(2) | {"dtype": "float32"}) == "unsupported"
        assert load(worker, parameters={"n_clusters": 2}) == "bad_request"
        assert load(worker, parameters=parameters(3)) == "bad_request"
        assert load(worker, parameters=parameters(2) | {"tol": -1}) == "bad_request"
        assert load(worker, dataset={"path": "/nowhere", "sha256": ""}) == "failed"
        assert load(worker, threads=0) == "bad_request"
        assert load(worker) is None
        broken = tensors | {"x.1": np.full_like(tensors["x.1"], np.nan)}
        write(path, broken, "C")
        if load(worker) is None:  # linfa refuses the data already here: their variance is not finite
            reply = worker.ask("run", mode="fit", variants=[1], loops=1, latency=False)
            assert reply["kind"] in ("diverged", "failed"), reply
            assert worker.ask("run", mode="fit", variants=[0], loops=1, latency=False)["status"] == "ok"
        write(path, tensors, "C")
        assert load(worker) is None
        assert worker.ask("run", mode="fit", variants=[1], loops=1, latency=False)["status"] == "ok"


def test_linfa_reports_the_threads_of_its_pool(tmp_path):
    path = write(tmp_path / "data.safetensors", kmeans_tensors(blobs(100, 2, 2), 2, 10), "C")
    for threads in (1, 2):
        with Worker("linfa", threads) as worker:
            assert worker.load("kmeans", path, parameters(2))["pools"] == [{"name": "rayon", "threads": threads}]


@pytest.mark.parametrize("arm", ARMS)
def test_a_worker_dies_with_its_parent(arm):
    script = (
        f"import subprocess, time; p = subprocess.Popen(['{RELEASE / arm}'], stdin=subprocess.PIPE, "
        "stdout=subprocess.PIPE); p.stdin.write(b'{}\\n'); p.stdin.flush(); p.stdout.readline(); "
        "print(p.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(["python3", "-c", script], stdout=subprocess.PIPE)
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    pytest.fail(f"{arm} still runs as {pid}")
