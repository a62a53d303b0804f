"""Results files are written whole or not at all, and never without keeping their contract."""

import json

import numpy as np
import pandas as pd
import pytest

from assay import contracts


def example(table, rows=3):
    frame = {}
    for name, rule in contracts.columns(table).items():
        value = {"int": 1, "float": 0.5}.get(rule["type"], rule.get("values", ["text"])[0])
        frame[name] = [value] * rows
    return pd.DataFrame(frame)


@pytest.mark.parametrize("table", ["samples", "resources", "summary", "comparisons"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_comes_back_as_it_was_written(tmp_path, table, suffix):
    path = tmp_path / f"t{suffix}"
    contracts.write_table(path, example(table), table)
    again = contracts.read_table(path, table)
    pd.testing.assert_frame_equal(again, contracts.check_table(example(table), table, path))


def test_empty_texts_and_gaps_survive_csv(tmp_path):
    frame = example("comparisons")
    frame["reason"], frame["ratio"], frame["blocks"] = "", np.nan, pd.NA
    contracts.write_table(tmp_path / "c.csv", frame, "comparisons")
    again = contracts.read_table(tmp_path / "c.csv", "comparisons")
    assert (again["reason"] == "").all()
    assert again["ratio"].isna().all()
    assert again["blocks"].isna().all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="wall_ns"), "missing columns.*wall_ns"),
        (lambda f: f.assign(extra=1), "unknown columns.*extra"),
        (lambda f: f.assign(wall_ns="fast"), "column wall_ns"),
        (lambda f: f.assign(status="great"), "column status.*great.*allowed"),
        (lambda f: f.assign(steal=np.nan), "column steal has gaps"),
    ],
)
def test_a_table_that_breaks_its_contract_is_refused_and_nothing_is_written(tmp_path, change, words):
    path = tmp_path / "s.parquet"
    with pytest.raises(contracts.ContractError, match=words):
        contracts.write_table(path, change(example("samples")), "samples")
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_dies_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "x.txt"
    contracts.write_text(path, "old")

    def dies(temporary):
        temporary.write_text("half")
        raise RuntimeError("died")

    with pytest.raises(RuntimeError):
        contracts.write_atomically(path, dies)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema_version": 99}'])
def test_a_broken_json_file_is_named_with_the_next_step(tmp_path, content):
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(contracts.ContractError, match=r"r\.json.*(delete|again)"):
        contracts.read_json(path)


def test_json_refuses_numbers_that_are_not_finite(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        contracts.write_json(tmp_path / "r.json", {"x": float("nan")})
    assert not (tmp_path / "r.json").exists()


def test_numpy_scalars_are_written_as_numbers(tmp_path):
    contracts.write_json(tmp_path / "r.json", {"x": np.float64(0.5), "n": np.int64(3)})
    assert json.loads((tmp_path / "r.json").read_text())["n"] == 3
