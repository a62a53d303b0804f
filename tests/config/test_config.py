"""Configuration: every fault of a file is reported at once, with file, line, key, bad value, what is allowed and the nearest match."""

import re

import pytest

from assay import catalogue
from assay.config import ConfigError


def problems(project, overrides=None):
    with pytest.raises(ConfigError) as caught:
        catalogue.load(overrides, project)
    return caught.value.problems


def test_the_shipped_configuration_is_valid(project):
    assert list(catalogue.load({}, project).benchmarks) == ["kmeans", "linear_regression"]


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
