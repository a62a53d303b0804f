"""Configuration: every fault of a file is reported at once, with file, line, key, bad value, what is allowed and the nearest match."""

import re
from pathlib import Path

import pytest

from assay import catalogue, cli
from assay.config import ConfigError, check_syntax


def problems(project, overrides=None):
    with pytest.raises(ConfigError) as caught:
        catalogue.load(overrides, project)
    return caught.value.problems


def test_the_shipped_configuration_is_valid(project):
    assert {"kmeans", "linear_regression"} <= set(catalogue.load({}, project).benchmarks)


def test_all_faults_of_all_files_are_reported_at_once(project):
    config = project / "config" / "config.yaml"
    config.write_text(config.read_text().replace("preset: quick ", "preset: quik ").replace("retry: none", "retrry: none"))
    frameworks = project / "config" / "frameworks.yaml"
    frameworks.write_text(frameworks.read_text().replace("kind: rust\n  title: smartcore", "kind: rusty\n  title: smartcore"))
    found = problems(project)
    assert any("retrry" in p and "did you mean 'retry'" in p for p in found)
    assert any(re.match(r"config/config.yaml:\d+: preset: \"quik\" is not allowed; did you mean 'quick'\?", p) for p in found)
    assert any(re.match(r"config/frameworks.yaml:\d+: smartcore.kind", p) for p in found)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"preset": "quik"}, ["quik", "did you mean 'quick'", "smoke"]),
        ({"benchmarks": "kmean"}, ["kmean", "did you mean 'kmeans'"]),
        ({"frameworks": "linfa,skl"}, ["'skl'", "sklearn"]),
        ({"sizes": "20000x17"}, ["20000x17", "did you mean '20000x16'"]),
        ({"seed": "abc"}, ["seed", "'abc'"]),
        ({"material_bound": -1}, ["material_bound", "-1"]),
        ({"domains": "clasical"}, ["clasical", "did you mean 'classical'"]),
        ({"presets": {"quick": {"blocks": {"goal": 3}}}}, ["presets.quick.blocks", "min <= goal <= max"]),
        ({"datasets": {"x": {"kind": "file", "path": "a.csv", "benchmarks": ["kmeens"]}}}, ["kmeens", "did you mean 'kmeans'"]),
        ({"datasets": {"x": {"kind": "file", "benchmarks": ["kmeans"]}}}, ["datasets.x", "'path' is a required property"]),
        ({"benchmarks_file": "config/nowhere.yaml"}, ["config/nowhere.yaml: no such file"]),
    ],
)
def test_a_wrong_override_names_key_value_and_what_is_allowed(project, overrides, words):
    text = "\n".join(problems(project, overrides))
    assert all(word in text for word in words), text


def test_broken_yaml_names_file_and_line(project):
    path = project / "config" / "benchmarks.yaml"
    path.write_text(path.read_text().replace("  domain: classical", "  domain: [classical", 1))
    assert any(re.match(r"config/benchmarks.yaml:\d+: not valid YAML", p) for p in problems(project))


def test_a_duplicate_key_is_reported_with_its_line(project):
    path = project / "config" / "frameworks.yaml"
    path.write_text(path.read_text() + "\nnative:\n  kind: rust\n  language: rust\n  binary: native\n")
    assert any(re.match(r"config/frameworks.yaml:\d+: native is given twice", p) for p in problems(project))


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("20000by16", "not a size"),
        ("10x2", "fewer rows than n_clusters"),
        ("999999999x99", "larger than 2^31"),
        ("1000x2, 1000x2", "non-unique"),
    ],
)
def test_an_impossible_or_duplicate_size_is_refused(project, size, words):
    path = project / "config" / "benchmarks.yaml"
    path.write_text(path.read_text().replace("sizes: [1000x2, 20000x16", f"sizes: [{size}, 20000x16"))
    assert any(words in p for p in problems(project)), problems(project)


def test_an_unknown_arm_of_a_benchmark_is_refused_with_its_line(project):
    path = project / "config" / "benchmarks.yaml"
    path.write_text(path.read_text().replace("    linfa:", "    linfaa:", 1))
    assert any(
        re.match(r"config/benchmarks.yaml:\d+: kmeans.arms.linfaa: no framework 'linfaa'; did you mean 'linfa'", p)
        for p in problems(project)
    )


def test_a_key_that_is_not_text_is_refused_wherever_it_stands(project, edit):
    with pytest.raises(ConfigError, match=r"datasets\.2024: a key must be text"):
        catalogue.load({"datasets": {2024: {"kind": "file", "path": "a.csv", "benchmarks": ["kmeans"]}}}, project)
    edit("benchmarks.yaml", lambda content: content.update({False: {}}))
    with pytest.raises(ConfigError, match=r"config/benchmarks\.yaml: False: a key must be text"):
        catalogue.load({}, project)


def test_a_list_where_the_preset_belongs_is_an_error_and_no_traceback(project):
    with pytest.raises(ConfigError, match=r"preset: \['quick'\] is not of type 'string'"):
        catalogue.load({"preset": ["quick"]}, project)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("preset=qick", "did you mean 'quick'?"),
        ("xyz=1", "unknown key xyz. Allowed:"),
        ("preset", "KEY=VALUE"),
        ("preset={", "not valid YAML"),
    ],
)
def test_check_config_takes_the_settings_of_a_run(setting, words, capsys):
    assert cli.main(["check-config", "--config", setting]) == 2
    assert words in capsys.readouterr().err


def test_check_config_lists_the_cells_of_a_planned_run(capsys, tmp_path):
    own = tmp_path / "mine.yaml"
    own.write_text("benchmarks: [kmeans]\n")
    assert cli.main(["check-config", "--configfile", str(own), "--config", "preset=smoke"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("  blobs-20000x16-t1: sklearn")


def test_a_start_outside_the_project_is_told_where_to_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="start snakemake in the project's folder"):
        check_syntax(Path("config/config.yaml"))
