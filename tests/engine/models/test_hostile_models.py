"""Folders of strangers' models: one sentence, nothing fetched, no more built or read than there are weights."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from hostile_graphs import ENDLESS
from model_cards import make_card
from peaks import peak_kibibytes
from small_models import BANDS, CLASSES, pixelwise, put_network

from engine.cards.card import CARD, BandSpec, Card, read_card
from engine.cards.shelf import find, models_folder
from engine.errors import InputError
from engine.jobs.report import QuietReport
from engine.jobs.requests import ImportModelRequest
from engine.models import onnx_library
from engine.models.architectures import build
from engine.models.building import filled, sized
from engine.models.clip import check_configuration
from engine.models.segmenter import load_segmenter
from engine.models.shelving import import_model
from engine.models.store import GOLDEN, write_model

RGB = tuple(BandSpec(name, "display") for name in ("red", "green", "blue"))
VISION = {"image_size": 64, "layers": 1, "width": 64, "patch_size": 32}
TEXT = {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 1}
CLIP = {"embed_dim": 32, "vision_cfg": VISION, "text_cfg": TEXT, "quick_gelu": False}
# What libraries would fetch, or take from elsewhere on this disk.
ADDRESSES = (
    "hf-hub:owner/repo",
    "tu-hf-hub:owner/repo",
    "local-dir:/tmp/x",
    "tu-local-dir:x",
    "owner/repo",
    "..\\x",
    "",
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def report(tmp_path: Path) -> QuietReport:
    return QuietReport(tmp_path)


def put(folder: Path, card: Card, tensors: dict[str, np.ndarray] | None = None, name: str | None = None) -> Path:
    """A folder whose weights are what the card says, whatever they are."""
    folder.mkdir()
    content = safetensors.numpy.save(tensors or {"weight": np.ones(1, np.float32)})
    (folder / (name or card.weights)).write_bytes(content)
    card = replace(card, sha256=hashlib.sha256(content).hexdigest())
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return folder


def of_clip(**changes: Any) -> Card:
    tokenizer = {"kind": "clip-bpe", "context_length": 77}
    parameters = {"model": {**CLIP, **changes}, "dimension": 32, "tokenizer": tokenizer}
    sides = {"tile": 64, "overlap": 16}
    return make_card(
        task="dual-encoder", architecture="open-clip", parameters=parameters, bands=RGB, classes=(), **sides
    )


def of_smp(**changes: Any) -> Card:
    parameters = {"network": "unet", "encoder": "resnet18", "in_channels": 3, "classes": 2, **changes}
    return make_card(parameters=parameters)


def of_timm(**changes: Any) -> Card:
    parameters = {"encoder": "resnet18", "in_channels": 3, **changes}
    return make_card(task="encoder", architecture="timm", parameters=parameters, classes=())


def refused(folder: Path, report: QuietReport, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        import_model(ImportModelRequest(str(folder)), report)
    assert "\n" not in str(caught.value)
    assert not models_folder().exists() or not list(models_folder().iterdir())


class TestNames:
    @pytest.mark.parametrize("address", ADDRESSES)
    @pytest.mark.parametrize(
        "card",
        [
            lambda address: of_smp(encoder=address),
            lambda address: of_timm(encoder=address),
            lambda address: of_clip(vision_cfg={**VISION, "timm_model_name": address}),
        ],
        ids=["smp", "timm", "open-clip"],
    )
    def test_an_address_is_no_name(
        self, tmp_path: Path, report: QuietReport, card: Callable[[str], Card], address: str
    ) -> None:
        refused(put(tmp_path / "given", card(address)), report, "is no plain name of a network")

    @pytest.mark.parametrize(
        "changes",
        [
            {"vision_cfg": {**VISION, "timm_model_name": "resnet18", "timm_model_pretrained": True}},
            {"text_cfg": {**TEXT, "hf_model_name": "roberta-base"}},
            {"text_cfg": {**TEXT, "hf_tokenizer_name": "owner/repo"}},
            {"text_cfg": "text"},
        ],
    )
    def test_nothing_of_others_is_wanted(self, tmp_path: Path, report: QuietReport, changes: dict[str, Any]) -> None:
        refused(put(tmp_path / "given", of_clip(**changes)), report, "another tokenizer|weights of others|two towers")

    def test_the_hub_is_offline(self) -> None:
        import huggingface_hub

        assert huggingface_hub.is_offline_mode()

    def test_names_that_are_in_use_go_on(self) -> None:
        for encoder in ("efficientnet-b0", "tu-mobilenetv3_small_050", "mit_b0"):
            build("smp", {"network": "unet", "encoder": encoder, "in_channels": 3, "classes": 2})
        check_configuration({**CLIP, "vision_cfg": {**VISION, "timm_model_name": "vit_base_patch16_siglip_224"}})


# More memory than the weights have, each in another way.
LARGE: dict[str, tuple[str, dict[str, Any]]] = {
    "bands": ("smp", {"network": "unet", "encoder": "resnet18", "in_channels": 2**20, "classes": 2}),
    "classes": ("smp", {"network": "unet", "encoder": "resnet18", "in_channels": 3, "classes": 2**20}),
    "contrasts": (
        "smp",
        {"network": "unet", "encoder": "resnet18", "in_channels": 3, "classes": 2, "contrasts": 2**20},
    ),
    "encoder": ("smp", {"network": "unet", "encoder": "tu-vit_giant_patch14_clip_224", "in_channels": 3, "classes": 2}),
    "tokens": ("galileo", {"embedding_size": 2**20}),
    "patches": ("galileo", {"patch": 200}),
    "depth": ("galileo", {"embedding_size": 16, "heads": 1, "depth": 2**20}),
    "dates": ("galileo", {"timesteps": 2**20, "embedding_size": 2**14}),
    "decoder": ("galileo-segmenter", {"bands": ["B04", "B08"], "classes": 3, "width": 2**17}),
    "sums": ("galileo-segmenter", {"bands": ["B04", "B08"], "classes": 3, "contrasts": 2**20}),
    "of timm": ("timm", {"encoder": "vit_giant_patch14_clip_224", "in_channels": 3}),
    "width": ("open-clip", {"model": {**CLIP, "vision_cfg": {**VISION, "width": 2**17}}}),
    "layers": ("open-clip", {"model": {**CLIP, "vision_cfg": {**VISION, "layers": 2**20}}}),
    "deep": ("open-clip", {"model": {**CLIP, "text_cfg": {**TEXT, "layers": 4000}}}),
    "words": ("open-clip", {"model": {**CLIP, "text_cfg": {**TEXT, "context_length": 2**20}}}),
    "picture": ("open-clip", {"model": {**CLIP, "vision_cfg": {**VISION, "image_size": 2**20}}}),
    "vectors": ("open-clip", {"model": {**CLIP, "embed_dim": 2**20}}),
}
IMPORTING = """
import sys
from pathlib import Path
from engine.errors import InputError
from engine.jobs.report import QuietReport
from engine.jobs.requests import ImportModelRequest
from engine.models.shelving import import_model
for path in sys.argv[1:]:
    try:
        import_model(ImportModelRequest(path), QuietReport(Path(path)))
    except InputError as error:
        print(str(error), file=sys.stderr)
    else:
        sys.exit(path)
"""


def test_no_network_is_built_that_is_larger_than_its_weights(tmp_path: Path, home: Path) -> None:
    folders = []
    for name, (architecture, parameters) in LARGE.items():
        task = "segmentation" if architecture in ("smp", "galileo-segmenter") else "encoder"
        classes = CLASSES if task == "segmentation" else ()
        card = make_card(task=task, architecture=architecture, parameters=parameters, bands=BANDS, classes=classes)
        folders.append(put(tmp_path / name, card))
    peak, said = peak_kibibytes(
        tmp_path, sys.executable, "-c", IMPORTING, *folders, environment={"GEOFM_HOME": str(home)}
    )
    assert len(said.splitlines()) == len(folders), said
    assert peak < 2_000 * 1024


class TestFiles:
    @pytest.mark.parametrize("name", ["weights.safetensors", GOLDEN, "notes.txt", "report.json", "text.onnx", CARD])
    @pytest.mark.parametrize("kind", ["pipe", "zeros", "hole", "link"])
    def test_each_is_asked_what_it_is_first(self, tmp_path: Path, report: QuietReport, name: str, kind: str) -> None:
        folder = tmp_path / "given"
        put_network(folder, tile=32)
        path = folder / name
        if kind == "link":
            content = path.read_bytes() if path.exists() else b"{}"
            (tmp_path / "elsewhere").write_bytes(content)
        path.unlink(missing_ok=True)
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "hole":
            with path.open("wb") as file:
                file.truncate(60 * 10**9)
        else:
            path.symlink_to("/dev/zero" if kind == "zeros" else tmp_path / "elsewhere")
        refused(folder, report, "no plain file|of any such|a link to a file elsewhere|no whole safetensors")

    def test_a_hole_of_the_right_size_and_hash_is_not_read_before_it_fits(
        self, tmp_path: Path, report: QuietReport
    ) -> None:
        folder = tmp_path / "given"
        card, _ = put_network(folder, tile=32)
        said = {"weight": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4 * 10**9]}}
        header = json.dumps(said).encode()
        with (folder / card.weights).open("wb") as file:
            file.write(len(header).to_bytes(8, "little") + header)
            file.truncate(8 + len(header) + 4 * 10**9)
        refused(folder, report, "do not fit the card")

    def test_links_within_and_to_the_folder_are_followed(self, tmp_path: Path, report: QuietReport) -> None:
        folder = tmp_path / "given"
        card, _ = put_network(folder, tile=32)
        (folder / "whole").mkdir()
        shutil.move(folder / card.weights, folder / "whole" / "content")
        (folder / card.weights).symlink_to("whole/content")
        (tmp_path / "link").symlink_to(folder)
        import_model(ImportModelRequest(str(tmp_path / "link")), report)
        assert not (find("forest") / card.weights).is_symlink()
        load_segmenter(find("forest"), device="cpu")

    def test_companions_have_a_size_together(self, tmp_path: Path, report: QuietReport) -> None:
        folder = tmp_path / "given"
        put_network(folder, tile=32)
        for number in range(2):
            with (folder / f"{number}.txt").open("wb") as file:
                file.truncate(200 * 2**20)
        refused(folder, report, r"1\.txt cannot be read \(it has 209\.7 MB, more than the 58\.7 MB of any such\)")


class TestGraphs:
    def test_an_endless_graph_in_a_folder_is_ended(
        self, tmp_path: Path, report: QuietReport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(onnx_library, "LONGEST_TRIAL_S", 0.5)
        card = make_card(architecture="onnx", parameters={}, weights="model.onnx", tile=32, overlap=8)
        write_model(tmp_path / "given", card, onnx=ENDLESS["loop"]().SerializeToString())
        refused(tmp_path / "given", report, "was ended")
        with pytest.raises(InputError, match="was ended"):
            load_segmenter(tmp_path / "given", device="cpu")

    def test_a_graph_of_another_kind_than_its_card(self, tmp_path: Path, report: QuietReport) -> None:
        card = make_card(architecture="onnx", parameters={}, weights="model.onnx", tile=32, overlap=8)
        write_model(tmp_path / "given", card, onnx=pixelwise(channels=5))
        refused(tmp_path / "given", report, "does not run on a tile of 32 x 32 pixels")


def test_a_network_of_another_thread_does_not_count(tmp_path: Path) -> None:
    import threading

    with sized({}, tmp_path):
        worker = threading.Thread(target=lambda: [torch.nn.BatchNorm2d(1) for _ in range(6_000)])
        worker.start()
        worker.join()
        torch.nn.Linear(2, 2)
    with pytest.raises(InputError, match="is larger than its weights"), sized({}, tmp_path):
        [torch.nn.BatchNorm2d(1) for _ in range(6_000)]


def test_a_whole_model_is_filled(tmp_path: Path) -> None:
    card, network = put_network(tmp_path / "model", tile=32)
    made = filled(lambda: build(card.architecture, card.parameters), tmp_path / "model", read_card(tmp_path / "model"))
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in made.state_dict().items())
