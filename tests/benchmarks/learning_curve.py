"""Learning curves: one linear classifier on raw bands, and with Galileo's features, by labelled polygons a class.

    learning_curve.py [--data FOLDER] [--seeds N] [--picture FILE]

FOLDER (by default the one that GEOFM_TEST_DATA names) holds lulc/ and models/ as shared/data does. Each place is cut in
two; polygons of at most 3 x 3 pixels are drawn by chance in one half, and all labelled pixels of the other half are
classified; then the other way round. Neither labels nor pixels of the half that is judged are seen before, and all rows
of features get the same polygons. Means and standard deviations are over seeds and both directions.

Slovenia has land-use labels of people, and three dates, all with the same polygons. The other places have the labels
that Dynamic World gives, a network which looks around a pixel. What is chosen here (how strongly the classifier is held
back, and patches of 2 in two sets of windows) was chosen at Chile, so that place tells less than the others; that the
bands go with Galileo's features, and its tokens side by side, was looked at in all places.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import torch
from line_chart import draw
from measure import machine
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from torch import Tensor
from torch.nn import functional

from engine.cards.catalogue import entry
from engine.models.architectures.galileo import band_specs
from engine.models.architectures.galileo_segmenter import GalileoSegmenter
from engine.models.onnx_library import onnxruntime
from engine.segmentation.examples import normalised

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Part = tuple[Callable[[Floats], Floats], float]

POLYGONS = (1, 2, 5, 10, 20)
UNLABELLED = 255
ENCODER_FREEDOM = 0.0025  # 768 features beside ten bands
BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
SPECS = band_specs(BANDS)
LAND_USE = {2: "forest", 3: "grassland", 4: "shrubland", 8: "artificial"}
MSCLIP = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")
# File, and what was added to all values of it.
TILES = {
    "Denmark": ("637U_59R_1_3", 0),
    "Brazil, coast": ("282D_485L_3_3", 0),
    "Chile, city (settings chosen here)": ("433D_629L_3_1", 1000),
}
DW_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B11", "B12")
# fmt: off
DW_CENTRE = (1.7417268, 1.7261205, 1.6798346, 1.7734969, 2.2891541, 2.3829397, 2.3828940, 2.1952484, 1.5548129)
DW_SPREAD = (2.0232987, 2.0389052, 2.1795928, 2.2890068, 2.6171675, 2.7734186, 2.7578333, 2.7890925, 2.4140535)
# fmt: on
FEWEST = 100  # pixels of a class in each half, where the labels are a network's


@dataclass(frozen=True)
class Half:
    """One half of a place: images float32[10, H, W] of its dates, normalised, and classes int64[H, W], 255 unknown."""

    images: list[Floats]
    truth: Integers


@dataclass(frozen=True)
class Kind:
    """A kind of features: how each part is made of an image, float32[D, H, W], and how freely it is used.

    The latter is scikit-learn's C for that part: the penalty on a weight is w² / 2C.
    """

    parts: tuple[Part, ...]


def main() -> None:
    args = _arguments()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)  # 200 steps are settings, too
    data = Path(args.data)
    print(f"{machine()}, {args.seeds} seeds x 2 directions", flush=True)
    started, used = time.perf_counter(), time.process_time()
    kinds = _kinds(data)
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for place, halves in _places(data):
        print(f"\n{place}: {_shares(halves)}", flush=True)
        panels[place] = {}
        base: list[list[float]] = []
        for name, kind in kinds.items():
            curve = _curve(halves, kind, args.seeds)
            f1s = [f1 for f1, _ in curve]
            base = base or f1s
            panels[place][name] = [(float(np.mean(f1)), float(np.std(f1))) for f1 in f1s]
            _row(name, "macro F1", [_spread(f1) for f1 in f1s])
            _row("", "accuracy", [_spread(accuracy) for _, accuracy in curve])
            if f1s is not base:
                pairs = [np.subtract(f1, other) for f1, other in zip(f1s, base, strict=True)]
                _row("", "gain; wins", [f"{np.mean(gain):+.3f}; {np.sum(gain > 0)}/{len(gain)}" for gain in pairs])
    draw(args.picture, panels, POLYGONS, "polygons a class", "macro F1")
    wall, processor = time.perf_counter() - started, time.process_time() - used
    print(f"\n{args.picture}; {wall / 60:.1f} minutes on the wall, {processor / 60:.1f} of a processor core")


def _row(name: str, what: str, cells: list[str]) -> None:
    print(f"{name:<50}{what:<11}" + "".join(f"{cell:>15}" for cell in cells), flush=True)


def _spread(scores: list[float]) -> str:
    return f"{np.mean(scores):.3f} ± {np.std(scores):.3f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Learning curves on raw bands and on Galileo's features.")
    parser.add_argument("--data", default=os.environ.get("GEOFM_TEST_DATA"), help="default: what GEOFM_TEST_DATA names")
    parser.add_argument("--seeds", type=int, default=5)
    picture = Path(__file__).parents[2] / "docs" / "images" / "learning_curve.png"
    parser.add_argument("--picture", type=Path, default=picture, help="default: docs/images/learning_curve.png")
    args = parser.parse_args()
    if not args.data:
        parser.error("name the folder with the data by --data or GEOFM_TEST_DATA")
    return args


def _kinds(data: Path) -> dict[str, Kind]:
    weights = _published(data)
    default, fine, untrained = _galileo(4, weights), _galileo(2, weights), _galileo(2, None)
    bands = _bands, 1.0

    def galileo(network: GalileoSegmenter, *shifts: int) -> Part:
        return lambda image: _features(network, image, shifts), ENCODER_FREEDOM

    return {
        "bands": Kind((bands,)),
        "bands of 3 x 3 pixels": Kind(((_around, 0.1),)),
        "bands and Galileo, patches of 4": Kind((bands, galileo(default, 0))),
        "bands and Galileo, patches of 2, shifted": Kind((bands, galileo(fine, 0, 8))),
        "the same, untrained": Kind((bands, galileo(untrained, 0, 8))),
        "Galileo alone, patches of 2, shifted": Kind((galileo(fine, 0, 8),)),
    }


def _published(data: Path) -> dict[str, Tensor]:
    file = data / "models" / "galileo_nano" / "encoder.pt"
    published = entry("galileo-nano")
    if hashlib.sha256(file.read_bytes()).hexdigest() != published.files[0].sha256:
        sys.exit(f"{file} is not Galileo-nano as published.")
    weights: dict[str, Tensor] = torch.load(file, weights_only=True, map_location="cpu")
    return {name: value for name, value in weights.items() if not name.startswith(published.drop)}


def _galileo(patch: int, weights: dict[str, Tensor] | None) -> GalileoSegmenter:
    """The network of the preset Balanced, of which only the encoder is used."""
    torch.manual_seed(0)
    network = GalileoSegmenter(BANDS, classes=2, patch=patch)
    if weights:
        network.encoder.load_state_dict(weights)
    return network.eval()


def _features(network: GalileoSegmenter, image: Floats, shifts: tuple[int, ...]) -> Floats:
    """Bilinear, float32[128, H, W]; the mean over windows that begin so many pixels up and to the left."""
    _, height, width = image.shape
    side, total = network.side_multiple, np.zeros((network.features, height, width), np.float32)
    for shift in shifts:
        pads = (0, 0), (shift, -(height + shift) % side), (shift, -(width + shift) % side)
        tile = torch.from_numpy(np.pad(image, pads, mode="symmetric"))[None]
        with torch.inference_mode():
            found = functional.interpolate(network.encode(tile), scale_factor=network.patch, mode="bilinear")[0]
        total += found[:, shift : shift + height, shift : shift + width].numpy() / len(shifts)
    return total


def _bands(image: Floats) -> Floats:
    return image


def _around(image: Floats) -> Floats:
    """The bands of a pixel and its eight neighbours."""
    wide = np.pad(image, ((0, 0), (1, 1), (1, 1)), mode="edge")
    height, width = image.shape[1:]
    return np.concatenate([wide[:, r : r + height, c : c + width] for r in range(3) for c in range(3)])


# --- places ----------------------------------------------------------------------------------------------------------


def _places(data: Path) -> Iterator[tuple[str, list[Half]]]:
    folder = data / "lulc" / "eolearn_slovenia"
    with rasterio.open(folder / "LULC_mask.tif") as file:
        codes = file.read(1)
    scenes = []
    for number in (2, 3, 4):
        with rasterio.open(folder / f"S2_L1C_scene{number}.tif") as file:
            bands = [file.descriptions.index(band) + 1 for band in BANDS]
            scenes.append(normalised(file.read(bands).astype(np.float32) / 10_000, SPECS))
    yield "Slovenia, land use", _halves(scenes, _ranked(codes, list(LAND_USE)), 50)
    network = data / "models" / "dynamicworld" / "dw_forward_converted.onnx"
    for name, (stem, offset) in TILES.items():
        with rasterio.open(data / "lulc" / "msclip_s2_l2a" / f"{stem}.tif") as file:
            values = dict(zip(MSCLIP, file.read().astype(np.float32) - offset, strict=True))
        image = normalised(np.stack([values[band] for band in BANDS]) / 10_000, SPECS)
        found = _dynamic_world(network, np.stack([values[band] for band in DW_BANDS]))
        middle = found.shape[1] // 2
        pixels = [np.bincount(half.ravel(), minlength=9) for half in (found[:, :middle], found[:, middle:])]
        common = np.flatnonzero((np.array(pixels) > FEWEST).all(axis=0))
        yield name, _halves([image], _ranked(found, common.tolist()), middle)


def _halves(images: list[Floats], truth: Integers, middle: int) -> list[Half]:
    sides = np.s_[:middle], np.s_[middle:]
    return [Half([image[:, :, side] for image in images], truth[:, side]) for side in sides]


def _ranked(codes: NDArray[np.integer], wanted: list[int]) -> Integers:
    table = np.full(256, UNLABELLED)
    table[wanted] = range(len(wanted))
    return table[codes]


def _dynamic_world(network: Path, values: Floats) -> Integers:
    """int64[H, W], of nine classes; the scaling is that of the published notebook (see shared/data)."""
    library = onnxruntime()
    options = library.SessionOptions()
    options.log_severity_level = 3
    session = library.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    logarithms = np.log(np.maximum(values.transpose(1, 2, 0), 1) * 0.005 + 1)
    grown = np.exp(5 * (logarithms - DW_CENTRE) / DW_SPREAD - 1)
    scores: Floats = session.run(None, {"image": (grown / (grown + 1))[None].astype(np.float32)})[0][0]
    return scores.argmax(axis=-1)


def _shares(halves: list[Half]) -> str:
    pixels = [np.bincount(half.truth[half.truth != UNLABELLED]).tolist() for half in halves]
    return f"pixels of each class {pixels[0]} and {pixels[1]}"


# --- curves ----------------------------------------------------------------------------------------------------------


def _curve(halves: list[Half], kind: Kind, seeds: int) -> list[tuple[list[float], list[float]]]:
    """Macro F1 and overall accuracy of all seeds and directions, for each number of polygons."""
    made = [[[make(image) for make, _ in kind.parts] for image in half.images] for half in halves]
    features = [[np.concatenate(parts) for parts in images] for images in made]
    scales = np.repeat([freedom**0.5 for _, freedom in kind.parts], [len(part) for part in made[0][0]])
    curve = []
    for count in POLYGONS:
        scores = []
        for here, there in ((0, 1), (1, 0)):
            known = halves[there].truth != UNLABELLED
            truth = np.tile(halves[there].truth[known], len(features[there]))
            for seed in range(seeds):
                labels = _polygons(halves[here].truth, count, seed)
                found = _classified(features[here], labels, [x[:, known].T for x in features[there]], scales)
                scores.append((float(f1_score(truth, found, average="macro")), float(accuracy_score(truth, found))))
        curve.append(([f1 for f1, _ in scores], [accuracy for _, accuracy in scores]))
    return curve


def _polygons(truth: Integers, count: int, seed: int) -> Integers:
    """int64[H, W]: so many polygons of each class, or all that there are, each within 3 x 3 pixels; no two touch."""
    source = np.random.default_rng(seed)
    labels, taken = np.full(truth.shape, UNLABELLED), np.zeros(truth.shape, bool)
    for value in range(int(truth[truth != UNLABELLED].max()) + 1):
        drawn = 0
        for row, column in source.permutation(np.argwhere(truth == value)):
            if drawn == count:
                break
            if taken[row, column]:
                continue
            near = np.zeros(truth.shape, bool)
            square = np.s_[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
            near[square] = (truth[square] == value) & ~taken[square]
            pieces = ndimage.label(near)[0]
            polygon = pieces == pieces[row, column]
            labels[polygon] = value
            taken |= ndimage.binary_dilation(polygon, np.ones((3, 3)))
            drawn += 1
    return labels


def _classified(features: list[Floats], labels: Integers, others: list[Floats], scales: Floats) -> Integers:
    """Multinomial logistic regression; features standardised by all pixels of the half with polygons, and scaled."""
    pixels = np.concatenate([x.reshape(len(x), -1) for x in features], axis=1)
    mean, spread = pixels.mean(axis=1), (pixels.std(axis=1) + 1e-6) / scales
    known = labels != UNLABELLED
    x = np.concatenate([x[:, known].T for x in features])
    model = LogisticRegression(C=1, max_iter=200, class_weight="balanced")
    model.fit((x - mean) / spread, np.tile(labels[known], len(features)))
    found: Integers = model.predict((np.concatenate(others) - mean) / spread)
    return found


if __name__ == "__main__":
    main()
