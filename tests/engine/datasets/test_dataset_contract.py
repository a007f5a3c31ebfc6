"""What every data set keeps to, on the miniature that it writes itself."""

from __future__ import annotations

import pickle
import re
import tracemalloc
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.datasets.dataset import DataSet, Input, Sample, Target
from engine.datasets.registry import DATASETS, DataSetRow
from engine.errors import InputError

UNITS = ("reflectance", "db", "power", "amplitude", "display", "dn", "m", "deg", "rad", "K", "m/s", "%", "hPa")


@pytest.fixture(params=DATASETS.values(), ids=DATASETS)
def row(request: pytest.FixtureRequest) -> DataSetRow:
    return request.param


@pytest.fixture
def paths(row: DataSetRow, tmp_path: Path) -> Sequence[Path]:
    return row.write_miniature(tmp_path / "set")


def files(paths: Sequence[Path]) -> list[Path]:
    """All that the miniature consists of."""
    found = (file for path in paths for file in ([path] if path.is_file() else path.rglob("*")))
    return sorted(file for file in found if file.is_file())


def kinds(paths: Sequence[Path]) -> list[Path]:
    """A file of each kind, as names without their numbers tell."""
    return list({re.sub(r"\d", "", file.name): file for file in files(paths)}.values())


def everything(row: DataSetRow, paths: Sequence[Path]) -> Iterable[Sample]:
    for split in row.splits:
        yield from row.open(paths, split)  # type: ignore[misc]


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one, other, equal_nan=True)


def test_splits_share_no_sample_and_agree_on_what_samples_hold(row: DataSetRow, paths: Sequence[Path]) -> None:
    assert row.title and row.parted_by.endswith(".") and len(set(row.splits)) == len(row.splits) > 1
    splits = [row.open(paths, split) for split in row.splits]
    names = [name for split in splits for name in split.names]
    assert len(set(names)) == len(names)
    for split in splits:
        assert 0 < len(split) == len(split.names)
        assert (split.inputs, split.targets) == (splits[0].inputs, splits[0].targets)


def test_samples_are_what_the_set_says(row: DataSetRow, paths: Sequence[Path]) -> None:
    for split in row.splits:
        samples = row.open(paths, split)
        for place, name in enumerate(samples.names):
            sample = samples[place]
            assert sample.name == name
            assert (sample.inputs.keys(), sample.targets.keys()) == (samples.inputs.keys(), samples.targets.keys())
            for key, values in sample.inputs.items():
                check_input(samples.inputs[key], values)
            for key, value in sample.targets.items():
                check_target(samples.targets[key], value, samples, sample)
        with pytest.raises(IndexError):
            samples[len(samples)]


def check_input(told: Input, values: np.ndarray) -> None:
    assert set(told.bands.values()) <= set(UNITS) and told.bands and told.dates > 0
    assert values.dtype == np.float32 and values.flags.c_contiguous
    channels, height, width = values.shape
    assert channels == told.dates * len(told.bands)
    assert told.side in (None, height) and told.side in (None, width)
    assert np.isfinite(values).any() and not np.isinf(values).any()
    for place, units in enumerate(list(told.bands.values()) * told.dates):
        seen = values[place][np.isfinite(values[place])]
        if units == "display":
            assert seen.min() >= 0 and seen.max() <= 255
        if units == "reflectance":
            assert seen.min() > -0.3 and seen.max() < 3
        if units == "db":
            assert seen.min() > -60 and seen.max() < 40


def check_target(told: Target, value: Any, samples: DataSet, sample: Sample) -> None:
    assert len(set(told.classes)) == len(told.classes)
    assert (len(told.classes) > 1) == (told.task in ("classification", "multi-label", "segmentation"))
    if told.task == "classification":
        assert type(value) is int and 0 <= value < len(told.classes)
    elif told.task == "multi-label":
        assert value.dtype == bool and value.shape == (len(told.classes),)
    elif told.task == "segmentation":
        assert value.dtype == np.uint8 and value.shape in {other.shape[1:] for other in sample.inputs.values()}
        assert set(np.unique(value)) <= {*range(len(told.classes)), 255}
    elif told.task == "regression":
        assert type(value) is float and told.units
    else:
        assert told.task == "retrieval" and value
        assert all(isinstance(phrase, str) and phrase.strip() for phrase in value)


def test_the_order_is_always_the_same(row: DataSetRow, paths: Sequence[Path], tmp_path: Path) -> None:
    again = row.write_miniature(tmp_path / "again")
    for split in row.splits:
        one, other = row.open(paths, split), row.open(again, split)
        assert list(one.names) == list(other.names)
        for place in reversed(range(len(one))):
            assert all(same(one[place].inputs[key], other[place].inputs[key]) for key in one.inputs)


def test_what_is_missing_is_named(row: DataSetRow, paths: Sequence[Path]) -> None:
    for place, path in enumerate(paths):
        gone = path.with_name("nowhere")
        with pytest.raises(InputError, match=r"nowhere") as error:
            row.open([*paths[:place], gone, *paths[place + 1 :]], row.splits[0])
        assert_sentence(error.value)
    with pytest.raises(InputError) as error:
        row.open(paths, "nothing")
    assert_sentence(error.value)


@pytest.mark.parametrize("damage", [b"", b"\0no picture, no table", None])
def test_a_broken_file_is_named(row: DataSetRow, paths: Sequence[Path], damage: bytes | None) -> None:
    """Or it does not matter: no other sample changes."""
    whole = {sample.name: sample for sample in everything(row, paths)}
    for file in kinds(paths):
        data = file.read_bytes()
        file.write_bytes(data[: len(data) // 2] if damage is None else damage)
        try:
            for sample in everything(row, paths):
                expected = whole[sample.name]
                assert all(same(expected.inputs[key], values) for key, values in sample.inputs.items())
        except InputError as error:
            assert file.name in str(error), file
            assert_sentence(error)
        file.write_bytes(data)


class Trap:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_nothing_is_unpickled(row: DataSetRow, paths: Sequence[Path], tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    trap = pickle.dumps(Trap(mark))
    names = [sample.name for sample in everything(row, paths)]
    whole = files(paths)
    for folder in {file.parent for file in whole}:
        (folder / "index.pkl").write_bytes(trap)
        np.save(folder / "index.npy", np.array([Trap(mark)], object), allow_pickle=True)
    assert [sample.name for sample in everything(row, paths)] == names
    planted = (whole[0].parent / "index.npy").read_bytes()
    for file in kinds(paths):
        data = file.read_bytes()
        for content in (trap, planted):
            file.write_bytes(content)
            try:
                list(everything(row, paths))
            except InputError as error:  # a file that no sample needs does not matter
                assert file.name in str(error)
        file.write_bytes(data)
    assert not mark.exists()
    pickle.loads(trap)
    assert mark.exists()


def test_samples_are_read_when_they_are_asked_for_and_not_kept(row: DataSetRow, paths: Sequence[Path]) -> None:
    samples = row.open(paths, row.splits[0])
    first = samples[0]
    size = sum(values.nbytes for values in first.inputs.values())
    assert not np.shares_memory(next(iter(first.inputs.values())), next(iter(samples[0].inputs.values())))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            for place in range(len(samples)):
                samples[place]
        assert tracemalloc.get_traced_memory()[0] - before < size
    finally:
        tracemalloc.stop()
    for file in files(paths):
        file.unlink()
    with pytest.raises(InputError):
        samples[0]


def assert_sentence(error: InputError) -> None:
    text = str(error)
    assert text.endswith(".") and text.count(". ") == 0 and "\n" not in text
