"""Data files: what the protocol says, drawn from the seed, and never other than their manifest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LinearRegression

from assay import catalogue, contracts
from assay.datasets import make, making, read_tensors, recipes, verify
from assay.paths import ROOT

SMALL = [("kmeans", "blobs", "1000x2"), ("kmeans", "digits", "1797x64"), ("linear_regression", "regression", "1000x10")]


def made(root: Path, benchmark: str, dataset: str, size: str, **overrides: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    folder = root / "made"
    data, manifest = folder / f"{benchmark}-{dataset}-{size}.safetensors", folder / f"{benchmark}-{dataset}-{size}.json"
    planned = catalogue.load(overrides, root if (root / "config").is_dir() else ROOT)
    facts = make(planned, benchmark=benchmark, dataset=dataset, size=size, data=data, manifest=manifest, root=root)
    assert contracts.read_json(manifest, "manifest") == {"schema_version": 1, **facts}
    return facts, read_tensors(data) if facts["status"] == "ok" else {}


@pytest.mark.parametrize(("problem", "dataset", "size"), SMALL)
def test_every_tensor_of_the_protocol_is_there_with_its_shape(tmp_path: Path, problem: str, dataset: str, size: str) -> None:
    facts, tensors = made(tmp_path, problem, dataset, size)
    n, d = map(int, size.split("x"))
    wanted = {f"{name}.{v}": shape for v in range(4) for name, shape in {"x": (n, d), "q": (n, d)}.items()}
    if problem == "kmeans":
        k = 10 if dataset == "digits" else 16
        wanted |= {f"init.{v}": (k, d) for v in range(4)} | {"centres": (k, d)}
    else:
        wanted |= {f"y.{v}": (n,) for v in range(4)}
    assert {name: a.shape for name, a in tensors.items()} == wanted
    assert {name: tuple(shape) for name, shape in facts["tensors"].items()} == wanted
    assert all(a.dtype == np.float64 and np.isfinite(a).all() for a in tensors.values())
    assert (facts["rows"], facts["columns"], facts["variants"]) == (n, d, 4)
    for name in ("x", "q") if dataset != "digits" else ("x",):
        assert all(not np.array_equal(tensors[f"{name}.0"], tensors[f"{name}.{v}"]) for v in range(1, 4))


@pytest.mark.parametrize("dataset", ["blobs", "digits"])
def test_kmeans_takes_every_step_from_the_given_centres(tmp_path: Path, dataset: str) -> None:
    size, k = ("1000x2", 16) if dataset == "blobs" else ("1797x64", 10)
    _, tensors = made(tmp_path, "kmeans", dataset, size)
    for v in range(4):
        x, init = tensors[f"x.{v}"], tensors[f"init.{v}"]
        rows = {row.tobytes() for row in x}
        assert len({row.tobytes() for row in init} & rows) == k, "starting centres are distinct rows"
        # scikit-learn stops as soon as labels come to rest: with one step more than asked it must still be moving
        assert KMeans(k, init=init, n_init=1, max_iter=11, tol=0).fit(x).n_iter_ == 11


def test_blobs_are_drawn_around_their_true_centres(tmp_path: Path) -> None:
    _, tensors = made(tmp_path, "kmeans", "blobs", "20000x16")
    labels = KMeans(16, init=tensors["centres"], n_init=1, max_iter=1).fit_predict(tensors["x.0"])
    means = np.array([tensors["x.0"][labels == j].mean(axis=0) for j in range(16)])
    assert np.abs(means - tensors["centres"]).max() < 0.5
    for v in range(1, 4):
        np.testing.assert_allclose(tensors["x.0"].mean(axis=0), tensors[f"x.{v}"].mean(axis=0), atol=0.1)


def test_regression_is_of_full_rank_uncentred_correlated_and_noisy(tmp_path: Path) -> None:
    _, tensors = made(tmp_path, "linear_regression", "regression", "20000x20")
    for v in range(4):
        x, y = tensors[f"x.{v}"], tensors[f"y.{v}"]
        assert np.linalg.matrix_rank(x - x.mean(axis=0)) == 20
        assert LinearRegression().fit(x, y).score(x, y) == pytest.approx(0.9, abs=0.01)
        correlation = np.corrcoef(x.T)[np.triu_indices(20, 1)]
        assert correlation.mean() == pytest.approx(0.3, abs=0.02)
        assert np.abs(x.mean(axis=0)).max() > 1


def test_packaged_data_are_variant_0_as_they_are_and_the_others_resamples(tmp_path: Path) -> None:
    x, y = load_diabetes(return_X_y=True)
    _, tensors = made(tmp_path, "linear_regression", "diabetes", "442x10")
    np.testing.assert_array_equal(tensors["x.0"], x)
    np.testing.assert_array_equal(tensors["y.0"], y)
    pairs = {(*row, target) for row, target in zip(x.tolist(), y.tolist(), strict=True)}
    for v in range(1, 4):
        drawn = [(*row, target) for row, target in zip(tensors[f"x.{v}"].tolist(), tensors[f"y.{v}"].tolist(), strict=True)]
        assert set(drawn) < pairs, "rows keep their target"
        assert 0.55 < len(set(drawn)) / len(drawn) < 0.72, "drawn with replacement: about 63 % are there"
    facts, digits = made(tmp_path, "kmeans", "digits", "1797x64")
    np.testing.assert_array_equal(digits["x.0"], load_digits(return_X_y=True)[0])
    assert facts["real"]


@pytest.mark.parametrize(("problem", "dataset", "size", "order"), [(*SMALL[0], "C"), (*SMALL[2], "F")])
def test_the_stored_bytes_are_in_the_order_of_the_benchmark(tmp_path: Path, problem: str, dataset: str, size: str, order: str) -> None:
    facts, tensors = made(tmp_path, problem, dataset, size)
    raw = (tmp_path / facts["path"]).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    assert header["__metadata__"] == {"order": order} == {"order": facts["order"]}
    x = tensors["x.1"]
    start, end = header["x.1"]["data_offsets"]
    stored = np.frombuffer(raw[8 + length + start : 8 + length + end], dtype="<f8")
    np.testing.assert_array_equal(stored, x.ravel(order=order))
    assert header["x.1"]["shape"] == list(x.shape if order == "C" else x.shape[::-1])
    assert header["x.1"]["dtype"] == "F64"


def test_the_same_seed_makes_the_same_file_in_another_process_and_another_seed_another(tmp_path: Path) -> None:
    program = """
import sys; from pathlib import Path; from assay import catalogue, datasets; from assay.paths import ROOT
for benchmark, dataset, size in (("kmeans", "blobs", "1000x2"), ("linear_regression", "diabetes", "442x10")):
    facts = datasets.make(catalogue.load({"seed": int(sys.argv[2])}, ROOT), benchmark=benchmark, dataset=dataset, size=size,
                          data=Path(sys.argv[1], benchmark), manifest=Path(sys.argv[1], benchmark + ".json"))
    print(facts["sha256"])
"""

    def sums(folder: str, seed: int, hash_seed: str) -> list[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", program, str(tmp_path / folder), str(seed)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()

    first = sums("a", 1, "1")
    assert len(first) == 2
    assert sums("b", 1, "2") == first
    assert not set(sums("c", 2, "1")) & set(first)


def test_a_changed_or_missing_file_is_noticed(tmp_path: Path) -> None:
    facts, _ = made(tmp_path, *SMALL[0])
    path = tmp_path / facts["path"]
    assert verify(facts, tmp_path) == ("ok", "")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    status, reason = verify(facts, tmp_path)
    assert status == "failed"
    assert "the file was changed after it was made" in reason
    path.unlink()
    assert verify(facts, tmp_path)[0] == "failed"


def test_a_size_that_is_not_the_packages_is_refused(tmp_path: Path, project: Path, edit: Callable[..., None]) -> None:
    edit("benchmarks.yaml", lambda c: c["kmeans"]["datasets"]["digits"].update(sizes=["1797x65"]))
    facts, _ = made(project, "kmeans", "digits", "1797x65")
    assert facts["status"] == "skipped"
    assert "is 1797x64, the catalogue says 1797x65" in facts["reason"]
    assert verify(facts, project) == ("skipped", facts["reason"])


def test_a_size_that_does_not_fit_is_refused_before_anything_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "available_memory", lambda: 10_000_000)
    facts, _ = made(tmp_path, "linear_regression", "regression", "20000x20")
    assert facts["status"] == "skipped"
    assert "of memory" in facts["reason"]
    assert (tmp_path / facts["path"]).stat().st_size == 0


def test_a_users_file_becomes_a_benchmark_of_its_own(project: Path) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    frame["price"] = frame.sum(axis=1) + 0.1 * rng.normal(size=60)
    frame.to_csv(project / "houses.csv", index=False)
    entry = {"kind": "file", "path": "houses.csv", "target": "price", "benchmarks": ["linear_regression", "kmeans"]}
    entry["parameters"] = {"n_clusters": 5}
    facts, tensors = made(project, "linear_regression-houses", "houses", "full", datasets={"houses": entry})
    assert (facts["status"], facts["order"], facts["real"]) == ("ok", "F", True)
    np.testing.assert_allclose(tensors["x.0"], frame[["a", "b", "c"]])
    np.testing.assert_allclose(tensors["y.0"], frame["price"])
    _, clusters = made(project, "kmeans-houses", "houses", "full", datasets={"houses": entry})
    assert clusters["x.0"].shape == (60, 3), "the target is not a column to cluster by"
    assert clusters["init.0"].shape == (5, 3)


@pytest.mark.parametrize("problem", [name for name, b in catalogue.load({}, ROOT).all_benchmarks.items() if b.domain == "classical"])
def test_a_users_file_with_two_classes_serves_every_benchmark(project: Path, problem: str) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(90, 3)), columns=["a", "b", "c"])
    frame["side"] = np.where(frame.sum(axis=1) + 0.5 * rng.normal(size=90) > 0, 1, -1)
    frame.to_csv(project / "own.csv", index=False)
    entry = {"kind": "file", "path": "own.csv", "target": "side", "benchmarks": [problem]}
    facts, tensors = made(project, f"{problem}-own", "own", "full", datasets={"own": entry})
    assert (facts["status"], facts["reason"]) == ("ok", "")
    assert tensors["x.0"].shape == (90, 3), "the target is not a column to learn from"


def test_a_users_file_that_cannot_be_used_is_skipped_with_every_reason(project: Path) -> None:
    (project / "bad.csv").write_text("a,b,price\n1,x,3\n,2,4\n5,6,7\n8,9,1\n2,2,2\n")
    entry = {"kind": "file", "path": "bad.csv", "target": "price", "benchmarks": ["linear_regression"]}
    facts, _ = made(project, "linear_regression-own", "own", "full", datasets={"own": entry})
    assert facts["status"] == "skipped"
    assert len(facts["problems"]) == 2
    assert "data set own cannot be used: bad.csv: column 'a' has gaps in 1 of 5 rows" in facts["reason"]
    assert "column 'b' is not numeric in 1 of 5 rows" in facts["reason"]


@pytest.mark.parametrize(
    ("frame", "problem", "words"),
    [
        (pd.DataFrame({"a": [1, 2, 3], "b": [3, 1, 2], "price": [1, 2, 2]}), "linear_regression", "3 rows are too few for 2 columns"),
        (pd.DataFrame({"a": range(9), "b": range(0, 18, 2), "price": [1, 2, 4, 3, 9, 7, 1, 0, 2]}), "linear_regression", "rank 1"),
        (pd.DataFrame({"a": range(9), "price": range(9)}), "kmeans", "9 rows are fewer than n_clusters = 16"),
        (pd.DataFrame({"a": [1, 2] * 20, "price": range(40)}), "kmeans", "only 2 differ from each other, fewer than n_clusters = 16"),
    ],
)
def test_data_that_no_arm_could_fit_are_skipped(project: Path, frame: pd.DataFrame, problem: str, words: str) -> None:
    frame.to_csv(project / "own.csv", index=False)
    entry = {"kind": "file", "path": "own.csv", "target": "price", "benchmarks": [problem]}
    facts, _ = made(project, f"{problem}-own", "own", "full", datasets={"own": entry})
    assert facts["status"] == "skipped"
    assert words in facts["reason"]


def test_a_resample_that_loses_rank_gives_way_to_another_order_of_the_rows(project: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=30), "rare": [1.0] + [0.0] * 29, "price": rng.normal(size=30)})
    frame.to_csv(project / "own.csv", index=False)
    entry = {"kind": "file", "path": "own.csv", "target": "price", "benchmarks": ["linear_regression"]}
    facts, tensors = made(project, "linear_regression-own", "own", "full", datasets={"own": entry}, seed=4)
    assert facts["status"] == "ok"
    reordered = [v for v in range(1, 4) if any(note.startswith(f"variant {v}:") for note in facts["notes"])]
    assert reordered, "30 rows are drawn without the first with probability 0.36 per variant; this seed has one"
    for v in range(4):
        assert recipes.rank(tensors[f"x.{v}"], intercept=True) == 2
    for v in reordered:
        assert sorted(tensors[f"y.{v}"]) == sorted(frame["price"])


def test_real_data_that_come_to_rest_early_are_used_and_noted(project: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(np.repeat([[0.0, 0.0], [50.0, 50.0]], 20, axis=0) + rng.normal(size=(40, 2)), columns=["a", "b"])
    frame.to_csv(project / "own.csv", index=False)
    entry = {"kind": "file", "path": "own.csv", "benchmarks": ["kmeans"], "parameters": {"n_clusters": 2}}
    facts, _ = made(project, "kmeans-own", "own", "full", datasets={"own": entry})
    assert facts["status"] == "ok"
    assert any("comes to rest before max_iter" in note for note in facts["notes"])
