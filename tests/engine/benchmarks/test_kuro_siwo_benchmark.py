"""`geofm benchmark kuro-siwo` on made-up patches: its figures, and that a kill at any moment loses nothing."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command import run, start, wait_for
from safetensors.torch import load_file
from sklearn import metrics

from engine.benchmarks.kuro_siwo import run_benchmark
from engine.benchmarks.learning import Plan, _matrices, _network
from engine.benchmarks.patches import PatchBatches, bands_of, in_batches
from engine.benchmarks.scores import CLASSES, figures_of
from engine.cards.card import BandSpec, Card, read_card
from engine.cli import main
from engine.datasets.kuro_siwo import open_grd, write_grd_miniature
from engine.errors import GeoFMError, OutputError
from engine.jobs.report import QuietReport
from engine.jobs.requests import KURO_SIWO_MODELS, KuroSiwoBenchmarkRequest
from engine.jobs.requests.networks import ALL_NETWORKS
from engine.models.architectures import build
from engine.models.store import write_model

SMALL = "fc-siam-diff"  # the smallest of the models


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four patches of each part."""
    return write_grd_miniature(tmp_path_factory.mktemp("kuro") / "set", 4)[0]


def words(data: Path, out: Path, *more: object) -> list[object]:
    return ["benchmark", "kuro-siwo", "--data", data, "--out", out, "--batch", 2, "--device", "cpu", *more]


def result_of(out: Path, model: str = SMALL) -> dict[str, Any]:
    return json.loads((out / model / "result.json").read_text())["result"]


def test_figures_are_those_of_scikit_learn() -> None:
    source = np.random.default_rng(0)
    truth, found = source.choice(3, 5000, p=(0.7, 0.1, 0.2)), source.choice(3, 5000, p=(0.5, 0.2, 0.3))
    told = figures_of(metrics.confusion_matrix(truth, found, labels=range(3)))
    columns = metrics.precision_recall_fscore_support(truth, found, labels=range(3))
    for place, name in enumerate(CLASSES):
        own = told["classes"][name]
        assert [own[key] for key in ("precision", "recall", "f1", "support")] == pytest.approx(
            [c[place] for c in columns]
        )
    assert told["miou"] == pytest.approx(metrics.jaccard_score(truth, found, average="macro"))
    assert told["accuracy"] == pytest.approx(metrics.accuracy_score(truth, found))
    assert told["water"]["f1"] == pytest.approx(metrics.f1_score(truth > 0, found > 0))
    assert told["water"]["iou"] == pytest.approx(metrics.jaccard_score(truth > 0, found > 0))


def test_matrices_are_of_each_patch_and_leave_out_what_is_not_labelled() -> None:
    source = np.random.default_rng(1)
    truth, found = source.choice([0, 1, 2, 255], (3, 8, 8)).astype(np.uint8), source.integers(0, 3, (3, 8, 8))
    counted = _matrices(torch.from_numpy(truth), torch.from_numpy(found)).reshape(3, 3, 3)
    for own, real, mapped in zip(counted, truth, found, strict=True):
        known = real != 255
        assert np.array_equal(own, metrics.confusion_matrix(real[known], mapped[known], labels=range(3)))


def test_networks_get_the_papers_scaling_newest_date_first(data: Path) -> None:
    patches = open_grd([data], "train")
    ((places, images, labels),) = in_batches(patches, [2, 0], 2, "slope", 8)
    assert bands_of(2, "slope") == (("VV", "VH", "VV", "VH", "slope"), (0, 0, 1, 1, 0))
    for place, image, label in zip(places, images.numpy(), labels.numpy(), strict=True):
        sample = patches[place]
        means, stds = np.array([0.0953, 0.0264] * 2)[:, None, None], np.array([0.0427, 0.0215] * 2)[:, None, None]
        expected = (np.clip(sample.inputs["radar"][:4], 0, 0.15) - means) / stds
        assert np.allclose(image[:4], expected, rtol=1e-5, atol=1e-6, equal_nan=True)
        assert np.nanmax(image[0]) == pytest.approx(1.281, abs=1e-3)  # where the clamp ends
        assert np.allclose(image[4], sample.inputs["slope"][0] / 10, equal_nan=True)
        assert np.array_equal(label, sample.targets["water"])


def test_an_epoch_takes_each_patch_once_in_an_order_of_its_own(data: Path) -> None:
    batches = PatchBatches(open_grd([data], "train", terrain=False), 1, "none", 2, seed=3)
    epochs = [[batches.batch(epoch, step)[0] for step in range(batches.steps)] for epoch in (1, 2, 1)]
    sums = [[float(torch.nan_to_num(image).sum()) for batch in epoch for image in batch] for epoch in epochs]
    assert len(sums[0]) == 4 and sorted(sums[0]) == sorted(sums[1])
    assert sums[0] == sums[2]


def test_models_are_rows_whose_networks_there_are() -> None:
    for row in KURO_SIWO_MODELS.values():
        network = ALL_NETWORKS[row.network]
        assert network.dates >= row.dates and "segmentation" in network.tasks
        assert row.optimiser in ("adam", "adamw", "sgd") and row.decay in ("cosine", "linear")
    assert KURO_SIWO_MODELS["changeformer"].momentum == 0.99 and KURO_SIWO_MODELS["snunet"].learning_rate == 1e-3


def test_the_table_tells_what_the_models_reach(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"

    def told(*more: object) -> tuple[int, str, str]:
        status = main([*map(str, words(data, out, "--terrain", "dem", *more))])
        return status, *capsys.readouterr()

    assert told("--epochs", 1, "--model", f"{SMALL},fc-siam-conc")[0] == 0
    result = result_of(out)
    table = (out / "table.md").read_text()
    assert "FC-Siam-diff" in table and "80.12" in table and "Epochs are not stated" in table
    assert "205 Sri Lanka 2017-05" in table and "tropical" in table and "SGD" not in table
    rows = list(csv.DictReader((out / "figures.csv").read_text().splitlines()))
    flood = next(row for row in rows if (row["model"], row["of"], row["class"]) == (SMALL, "all", "flood"))
    total = np.sum([*result["events"].values()], axis=0)
    assert float(flood["f1"]) == pytest.approx(figures_of(total)["classes"]["flood"]["f1"], abs=1e-6)
    assert np.array_equal(total, np.sum([*result["zones"].values()], axis=0))
    labels = [sample.targets["water"] for place in range(4) for sample in (open_grd([data], "test")[place],)]
    assert total.sum() == sum(int((label != 255).sum()) for label in labels)
    assert (out / "f1.png").read_bytes().startswith(b"\x89PNG")
    weights = load_file(out / SMALL / "weights.safetensors")
    network = build(result["architecture"], result["network"])
    network.load_state_dict(weights)
    assert not (out / SMALL / "learning").exists()

    assert "FC-Siam-diff was tested before" in told("--epochs", 1, "--model", SMALL)[2]
    status, _, error = told("--epochs", 2, "--model", SMALL)
    assert status == 1 and "is of other settings or other patches" in error
    assert load_file(out / SMALL / "weights.safetensors").keys() == weights.keys()


def test_a_pre_trained_encoder_is_what_a_model_starts_from(data: Path, tmp_path: Path) -> None:
    shape = {"patch": 16, "dim": 32, "depth": 1, "heads": 2, "head_dim": 16, "mlp": 64}
    bands = [(name, date) for date in range(3) for name in ("VV", "VH")]
    parameters = {"bands": [name for name, _ in bands], "image": 32, **shape}
    encoder = build("vit", parameters)
    card = Card(
        name="tiny",
        title="Tiny",
        task="encoder",
        architecture="vit",
        parameters=parameters,
        weights="weights.safetensors",
        sha256="",
        gsd_m=10.0,
        tile=32,
        overlap=0,
        licence="CC0",
        bands=tuple(BandSpec(name, "db", date=date) for name, date in bands),
    )
    write_model(tmp_path / "tiny", card, tensors=encoder.state_dict())
    parts = {split: open_grd([data], split, terrain=False) for split in ("train", "val", "test")}
    start = (tmp_path / "tiny", read_card(tmp_path / "tiny"))
    plan = Plan(parts, 1, 2, "none", 0, "cpu", tmp_path / "out", start)
    assert plan.start_of(KURO_SIWO_MODELS["unet"]) is None
    network, design = _network(KURO_SIWO_MODELS["floodvit"], plan)
    own = network.backbone.state_dict()
    assert all(torch.equal(own[name], value) for name, value in encoder.state_dict().items() if "embed" in name)
    assert design["encoder"]["dim"] == 32 and design["encoder"]["image"] == 64
    with torch.no_grad():
        assert network.eval()(torch.zeros(1, 6, 64, 64)).shape == (1, 3, 64, 64)
    words = ("--data", str(data), "--out", str(tmp_path / "out"), "--encoder", str(tmp_path / "tiny"))
    assert main(["benchmark", "kuro-siwo", *words, "--model", SMALL]) == 1


@pytest.mark.slow
def test_a_kill_and_a_cancel_lose_nothing(data: Path, tmp_path: Path) -> None:
    """Killed while it learns, then interrupted, then given again: the same model as without a break."""
    request = ("--epochs", 4, "--model", SMALL)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert run(*words(data, whole, *request)).status == 0
    checkpoints = broken / SMALL / "learning"
    process = start(*words(data, broken, *request, "--json"))
    wait_for(lambda: '"metric"' in (process.stdout.readline() if process.stdout else ""), process)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130 and list(checkpoints.glob("*.safetensors"))
    process = start(*words(data, broken, *request, "--json"))
    wait_for(lambda: '"metric"' in (process.stdout.readline() if process.stdout else ""), process)
    process.kill()
    process.communicate()
    assert list(checkpoints.glob("*.safetensors")) and not (broken / SMALL / "result.json").exists()
    assert run(*words(data, broken, *request)).status == 0
    one, other = (result_of(out) for out in (whole, broken))
    assert one["events"] == other["events"] and one["history"] == other["history"]
    tensors = [load_file(out / SMALL / "weights.safetensors") for out in (whole, broken)]
    assert all(torch.equal(value, tensors[1][name]) for name, value in tensors[0].items())
    assert not [path for path in broken.rglob("*") if ".part" in path.name]


@pytest.mark.slow
def test_two_processes_make_the_same_table(data: Path, tmp_path: Path) -> None:
    started = ("torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", "2")
    arguments = [*map(str, words(data, tmp_path / "two", "--epochs", 1, "--model", SMALL, "--json"))]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-m", *started, "-m", "engine", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert sum('"event": "result"' in line for line in done.stdout.splitlines()) == 1
    (result,) = json.loads(done.stdout.splitlines()[-1])["summary"]["results"]
    labels = [open_grd([data], "test")[place].targets["water"] for place in range(4)]
    total = np.sum([*result["events"].values()], axis=0)
    assert total.sum() == sum(int((label != 255).sum()) for label in labels)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("missing", "lack SL1_IVV"),
        ("result", r"result\.json is damaged; delete it"),
        ("nothing", "holds no activations of Kuro Siwo"),
    ],
)
def test_what_is_wrong_is_one_sentence(damage: str, sentence: str, tmp_path: Path) -> None:
    (data,) = write_grd_miniature(tmp_path / "set", 1)
    out = tmp_path / "out"
    (out / SMALL).mkdir(parents=True)
    if damage == "missing":
        next((data / "data").rglob("SL1_IVV*")).unlink()
    elif damage == "result":
        (out / SMALL / "result.json").write_text("{}")
    request = KuroSiwoBenchmarkRequest(
        data=str(data / "catalogue.gpkg" if damage == "nothing" else data),
        folder=str(out),
        model=(SMALL,),
        table=str(out / "table.md"),
    )
    with pytest.raises(GeoFMError, match=sentence if damage != "nothing" else "is no folder") as error:
        run_benchmark(request, QuietReport(tmp_path))
    assert str(error.value).count(". ") == 0
    if damage == "result":
        assert isinstance(error.value, OutputError) and (out / SMALL / "result.json").read_text() == "{}"
