"""`geofm datasets`: which there are, what there is of one, and small ones to try."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.cli import main
from engine.datasets.registry import DATASETS
from engine.datasets.sen1floods11 import open_sen1floods11


def test_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    told = capsys.readouterr().out
    assert all(row.name in told and row.title in told for row in DATASETS.values())
    assert main(["datasets", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["datasets"]
    assert [row["name"] for row in listed] == list(DATASETS)


@pytest.mark.parametrize("name", [name for name in DATASETS if name not in ("captions", "scenes", "scene-shards")])
def test_a_miniature_is_written_and_known_by_its_files(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "set"
    assert main(["datasets", "miniature", name, str(folder), "--samples", "2"]) == 0
    capsys.readouterr()
    assert main(["datasets", "check", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["dataset"] == name
    assert all(told["samples"] == told["read"] >= 2 for told in found["splits"].values())
    assert main(["datasets", "miniature", name, str(folder)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_a_half_download_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "kuro"
    main(["datasets", "miniature", "kuro-siwo", str(folder), "--samples", "2"])
    (lost,) = sorted((folder / "data" / "118").rglob("SL2_IVH*"))
    (cut,) = sorted((folder / "data" / "130").rglob("SL1_IVV*"))
    lost.unlink()
    cut.write_bytes(cut.read_bytes()[:500])
    capsys.readouterr()
    report = tmp_path / "found.json"
    assert main(["datasets", "check", str(folder), "--report", str(report)]) == 0
    told = capsys.readouterr().out
    assert f"1 patches lack SL2_IVH: {lost.parent.relative_to(folder / 'data')}" in told
    assert "1 samples of the part train cannot be read" in told and cut.name in told
    assert "26 events of the part train have no usable patch" in told
    assert "published mean" in told and "0.0953" in told
    assert json.loads(report.read_text())["splits"]["test"]["samples"] == 2


def test_statistics_are_those_of_all_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "chips"
    main(["datasets", "miniature", "sen1floods11", str(folder), "--samples", "3"])
    capsys.readouterr()
    main(["datasets", "check", str(folder), "--dataset", "sen1floods11", "--json"])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["splits"]["train"]
    chips = open_sen1floods11([folder], "train")
    samples = [chips[place] for place in range(3)]
    for channel, band in enumerate(("VV", "VH")):
        values = np.concatenate([sample.inputs["radar"][channel].ravel() for sample in samples]).astype(np.float64)
        told = found["bands"]["radar"][band]
        assert told["mean"] == pytest.approx(np.nanmean(values)) and told["std"] == pytest.approx(np.nanstd(values))
        assert told["observed"] == pytest.approx(np.isfinite(values).mean())
    labels = np.concatenate([sample.targets["water"].ravel() for sample in samples])
    assert found["classes"]["water"]["water"] == pytest.approx((labels == 1).sum() / (labels != 255).sum())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("check", "."), "is none of the data sets that GeoFM knows"),
        (("check", ".", "--dataset", "nothing"), "There is no data set 'nothing'; choose one of"),
        (("check", ".", "--dataset", "kuro-siwo"), "holds no activations of Kuro Siwo"),
        (("miniature", "nothing", "new"), "There is no data set 'nothing'; choose one of"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    words: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["datasets", *words]) == 1
    told = capsys.readouterr().err
    assert sentence in told and told.count("\n") == 1
