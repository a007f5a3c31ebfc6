"""Folders of models: cards that name what is elsewhere or without end, and files that are no files."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import shutil
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from . import goods
from .graphs import Evil
from .place import Case, Cases, Place, Words

__all__ = ["cases", "prepare"]

Card = dict[str, Any]
Change = Callable[[Card], None]


def prepare(place: Place) -> None:
    """A sound model, of which all are changed copies."""
    goods.network(place.good)


def cases(place: Place, source: random.Random) -> Cases:
    """About ninety."""
    ways = (_import, _import, _export, _show)
    for name, change in _parameters(place).items():
        yield Case(f"parameters {name}", partial(_carded, place, _import, change))
    for name, change in {**_fields(), **_names()}.items():
        yield Case(f"card {name}", partial(_carded, place, source.choice(ways), change))
    for name, text in _texts().items():
        yield Case(f"text {name}", partial(_texted, place, source.choice(ways), text))
    for name, make in {**_odd_files(place), **_tensors(place), **_clips(place)}.items():
        yield Case(name, make)


# Ways to meet a model -------------------------------------------------------------------------------------------------


def _import(folder: Path) -> Words:
    return ["models", "import", str(folder), "--name", "stranger", "--json"]


def _show(folder: Path) -> Words:
    return ["models", "show", str(folder)]


def _export(folder: Path) -> Words:
    return ["models", "export", str(folder), str(folder.parents[3] / "out" / "stranger.onnx"), "--json"]


def _listed(place: Place, name: str, change: Change) -> Words:
    """As if somebody had put the folder on the shelf."""
    folder = _copy(place)
    _change(folder, change)
    (place.geofm / "models").mkdir()
    folder.rename(place.geofm / "models" / name)
    return ["models", "list"]


def _copy(place: Place) -> Path:
    return Path(shutil.copytree(place.good / "models" / "network", place.given / "network"))


def _change(folder: Path, change: Change) -> None:
    card = json.loads((folder / "card.json").read_text())
    change(card)
    (folder / "card.json").write_text(json.dumps(card))


def _carded(place: Place, way: Callable[[Path], Words], change: Change) -> Words:
    folder = _copy(place)
    _change(folder, change)
    return way(folder)


def _texted(place: Place, way: Callable[[Path], Words], text: Callable[[], str]) -> Words:
    folder = _copy(place)
    (folder / "card.json").write_text(text())
    return way(folder)


# Cards ----------------------------------------------------------------------------------------------------------------


def _parameters(place: Place) -> dict[str, Change]:
    def given(architecture: str = "", task: str = "", **values: Any) -> Change:
        def change(card: Card) -> None:
            card["geofm:parameters"].update(values)
            card["mlm:architecture"] = architecture or card["mlm:architecture"]
            if task:
                card["geofm:task"], card["mlm:output"][0]["classification:classes"] = task, []

        return change

    hub = "hf-hub:attacker/repo"
    vision = {"timm_model_name": hub, "timm_model_pretrained": True, "image_size": 224, "layers": 2, "width": 64}
    clip = {
        "embed_dim": 64,
        "quick_gelu": False,
        "vision_cfg": vision,
        "text_cfg": {"layers": 1, "width": 64, "heads": 1},
    }
    plain = {"image_size": 224, "layers": 2, "width": 64, "patch_size": 32}
    text_hub = {
        **clip,
        "vision_cfg": plain,
        "custom_text": True,
        "text_cfg": {
            "hf_model_name": "attacker/repo",
            "hf_tokenizer_name": "attacker/repo",
            "hf_model_pretrained": True,
            "hf_pooler_type": "mean_pooler",
        },
    }
    large = {**clip, "vision_cfg": {**plain, "layers": 100_000, "width": 16_384}}
    endless = {**clip, "vision_cfg": {**plain, "image_size": 10**9}}
    hubs = (hub, "tu-hf-hub:attacker/repo", "tu-hf_hub:attacker/repo", "tu-local-dir:/etc", "tu-timm/attacker")
    known = ("tu-resnet18.a1_in1k", "mobileone_s0", "resnet18?pretrained=1", "tu-", ["tu-resnet18"])
    others = (f"tu-{place.canary}/a", "tu-../../notes", "x" * 100_000, "a\x1b[2J\u202e", 5, None, {"a": 1})
    encoders = (*hubs, *known, *others)
    sizes = (-1, 0, 2**31, 1e308, "3", None, True, [3])
    return {
        **{f"encoder {str(name)[:24]!r}": given(encoder=name) for name in encoders},
        **{f"encoder of timm {str(name)[:24]!r}": given("timm", "encoder", encoder=name, in_channels=3) for name in (hub, "hf_hub:attacker/repo", "local-dir:/etc", "timm/attacker", "vit_giant_patch14_reg4_dinov2")},
        "channels of timm": given("timm", "encoder", encoder="resnet18", in_channels=10**9),
        "clip of the hub": given("open-clip", "dual-encoder", model=clip),
        "clip with text of the hub": given("open-clip", "dual-encoder", model=text_hub),
        "clip endless": given("open-clip", "dual-encoder", model=large),
        "clip of large pictures": given("open-clip", "dual-encoder", model=endless),
        "clip of onnx of the hub": given("open-clip-onnx", "dual-encoder", model=clip),
        "bands 2e6": given(in_channels=2_000_000),
        "classes 3e7": given(classes=30_000_000),
        "contrasts 3e8": given(contrasts=300_000_000),
        **{f"classes {value!r}": given(classes=value) for value in sizes},
        **{f"bands {value!r}": given(in_channels=value) for value in sizes[3:]},
        **{f"threshold {value!r}": given(threshold=value) for value in ({"a": 1}, "nan", "0.5", [0.5], -1, 2, True, 1e308)},
        **{f"network {str(name)[:20]!r}": given(network=name) for name in ("__class__", 5, {"a": 1}, "unet" * 10_000)},
        **{f"architecture {name}": given(name) for name in ("galileo", "galileo-segmenter", "forest", "onnx", "os", "../../notes")},
        "galileo endless": given("galileo", "encoder", width=10**9, depth=10**9, embedding_size=10**9),
        "output evil": given(output="__import__('os')"),
    }  # fmt: skip


def _fields() -> dict[str, Change]:
    def field(name: str, value: Any) -> Change:
        return lambda card: card.update({name: value})

    def classed(*names: str) -> Change:
        def change(card: Card) -> None:
            for item, name in zip(card["mlm:output"][0]["classification:classes"], names, strict=False):
                item["title"] = name

        return change

    weights = (
        "../weights.safetensors",
        "/etc/passwd",
        "weights.pt",
        "CON.onnx",
        "a:b.onnx",
        "card.json",
        "weights.safetensors\0",
        "\u202eweights.onnx",
    )
    return {
        **{f"weights {name!r}": field("geofm:weights", name) for name in weights},
        "tile 16,384": field("geofm:tile", 16_384),
        "tile 2^40": field("geofm:tile", 2**40),
        "tolerance 1e308": field("geofm:tolerance", 1e308),
        "metrics list": field("geofm:metrics", {"per_class": [1], "overall_accuracy": "x"}),
        "metrics text": field("geofm:metrics", {"per_class": "x"}),
        "training deep": lambda card: card.update({"geofm:training": _deep(900)}),
        "classes of html": classed("<script>x</script>", "<img src='file:///etc/passwd'>", "a & b"),
        "classes of controls": classed("a\x1b[2J", "b\u202ec", "d\x9b2J"),
        "class of a megabyte": classed("a" * 1_000_000),
        "title of controls": field("geofm:title", "a\x1b]0;x\x07\u202eb"),
        "licence of controls": field("geofm:licence", "a\x1b[2J\x9bb"),
        "limits of html": field("geofm:limits", "<script>x</script>" * 1000),
        "source of a script": field("geofm:source", "javascript:alert(1)"),
        "1,000,000 bands": lambda card: card["mlm:input"][0].update({"bands": [{"name": "a"}] * 1_000_000}),
        "1,000 bands twice": lambda card: card["mlm:input"][0].update({"bands": [{"name": "a"}] * 1_000}),
    }  # fmt: skip


def _names() -> dict[str, Change]:
    names = (
        "../../escaped",
        "/etc/escaped",
        "a\\b",
        "a:b",
        "NUL",
        "com1.x",
        "a\u202etxt.exe",
        "a\x1b[2J",
        "a\0b",
        " a",
        "a.",
        "a" * 300,
        "",
    )
    return {f"name {name[:20]!r}": (lambda card, name=name: card.update({"mlm:name": name})) for name in names}


def _deep(depth: int) -> Card:
    value: Card = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def _texts() -> dict[str, Callable[[], str]]:
    return {
        "deep": lambda: '{"a":' * 200_000,
        "deep list": lambda: "[" * 1_000_000,
        "long number": lambda: '{"a": ' + "1" * 5_000_000 + "}",
        "nan": lambda: '{"a": NaN, "b": Infinity}',
        "twice": lambda: '{"mlm:name": "a", "mlm:name": "b"}',
        "surrogates": lambda: '{"mlm:name": "\\ud800"}',
        "15 MB": lambda: '{"a": "' + "x" * 15_000_000 + '"}',
        "million keys": lambda: "{" + ",".join(f'"k{n}": {n}' for n in range(700_000)) + "}",
    }


# Files ----------------------------------------------------------------------------------------------------------------


def _odd_files(place: Place) -> dict[str, Callable[[], Words]]:
    weights, golden = "weights.safetensors", "golden.safetensors"

    def made(name: str, way: Callable[[Path], Words], make: Callable[[Path], None]) -> Callable[[], Words]:
        def case() -> Words:
            folder = _copy(place)
            (folder / name).unlink(missing_ok=True)
            make(folder / name)
            return way(folder)

        return case

    def link(target: object) -> Callable[[Path], None]:
        return lambda path: path.symlink_to(str(target))

    def sparse(path: Path) -> None:
        path.touch()
        os.truncate(path, 60 * 2**30)

    def folder(path: Path) -> None:
        path.mkdir()

    evil = pickle.dumps(Evil(f"touch {place.planted}"))
    kinds: dict[str, Callable[[Path], None]] = {
        "zeros": link("/dev/zero"),
        "pipe": lambda path: os.mkfifo(path),
        "sparse": sparse,
        "folder": folder,
    }
    found = {
        f"{name} as {kind}": made(name, _import, make)
        for name in ("card.json", weights, golden, "notes.txt", "extra.onnx", "report.json")
        for kind, make in kinds.items()
    }
    for way in (_show, _export):
        found[f"card.json as zeros, {way.__name__}"] = made("card.json", way, kinds["zeros"])
        found[f"card.json as pipe, {way.__name__}"] = made("card.json", way, kinds["pipe"])
    return {
        **found,
        "companion of a link": made("notes.txt", _import, link(place.notes)),
        "companion of passwords": made("readme.md", _import, link("/etc/passwd")),
        "card of a link": made("card.json", _import, link(place.notes)),
        "weights of a link": made(weights, _import, link(place.good / "models" / "network" / weights)),
        "weights of a pickle": made(weights, _import, lambda path: path.write_bytes(evil) and None),
        "golden of a pickle": made(golden, _import, lambda path: path.write_bytes(evil) and None),
        "companion of a pickle": made("more.safetensors", _import, lambda path: path.write_bytes(evil) and None),
        "name of a companion": made("a\x1b[2J\u202e.txt", _import, lambda path: path.write_text("x") and None),
        "300 companions": made("a", _import, lambda path: [path.with_name(f"{n}.txt").touch() for n in range(300)] and None),
        "graph as a link": lambda: _exported(place),
        "folder of a link": lambda: _linked(place),
        "listed with zeros": lambda: _shelved(place, link("/dev/zero")),
        "listed with a pipe": lambda: _shelved(place, lambda path: os.mkfifo(path)),
        "listed of controls": lambda: _listed(place, "a\x1b[2J", lambda card: card.update({"geofm:title": "t\x1b]0;x\x07\u202e"})),
    }  # fmt: skip


def _exported(place: Place) -> Words:
    words = _export(_copy(place))
    Path(words[3]).symlink_to(place.notes)
    return words


def _linked(place: Place) -> Words:
    (place.given / "link").symlink_to(_copy(place))
    return _import(place.given / "link")


def _shelved(place: Place, make: Callable[[Path], None]) -> Words:
    folder = _copy(place)
    (folder / "card.json").unlink()
    make(folder / "card.json")
    (place.geofm / "models").mkdir()
    folder.rename(place.geofm / "models" / "stranger")
    return ["models", "list"]


def _tensors(place: Place) -> dict[str, Callable[[], Words]]:
    """Safetensors files that lie, with a card that knows their hash."""

    def with_header(header: str | bytes, length: int | None = None) -> Callable[[], Words]:
        data = header if isinstance(header, bytes) else header.encode()

        def case() -> Words:
            folder = _copy(place)
            content = struct.pack("<Q", len(data) if length is None else length) + data + bytes(64)
            (folder / "weights.safetensors").write_bytes(content)
            _change(folder, lambda card: card.update({"geofm:sha256": hashlib.sha256(content).hexdigest()}))
            return _import(folder)

        return case

    def tensor(shape: list[int], offsets: list[int], kind: str = "F32") -> str:
        return json.dumps({"a": {"dtype": kind, "shape": shape, "data_offsets": offsets}})

    return {
        "tensors of 2^63": with_header("{}", 2**63),
        "tensors of 200 MB": with_header("{}", 200_000_000),
        "tensors beyond": with_header(tensor([2**31, 2**31], [0, 2**62])),
        "tensors overlapping": with_header('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}'),
        "tensors below zero": with_header('{"a":{"dtype":"F32","shape":[-4],"data_offsets":[-16,0]}}'),
        "tensors of nothing": with_header(tensor([0, 2**60], [0, 0])),
        "tensors unknown": with_header(tensor([4], [0, 16], "EVIL")),
        "tensors deep": with_header('{"a":' * 100_000),
        "tensors many": with_header("{" + ",".join(f'"t{n}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}' for n in range(200_000)) + "}"),
        "tensors of controls": with_header(tensor([16], [0, 64]).replace('"a"', '"a\\u001b[2J\\u202e"')),
    }  # fmt: skip


def _clips(place: Place) -> dict[str, Callable[[], Words]]:
    """Folders for import-clip."""

    def case(
        text: str | None, weights: bytes | None = b"", name: str = "open_clip_model.safetensors"
    ) -> Callable[[], Words]:
        def make() -> Words:
            folder = place.given / "clip"
            folder.mkdir()
            if text is None:
                (folder / "open_clip_config.json").symlink_to("/dev/zero")
            else:
                (folder / "open_clip_config.json").write_text(text)
            if weights is None:
                (folder / name).symlink_to("/dev/zero")
            else:
                (folder / name).write_bytes(weights)
            return ["models", "import-clip", str(folder), "--name", "stranger", "--licence", "none", "--json"]

        return make

    plain = {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16}
    text = {"layers": 1, "width": 64, "heads": 1, "context_length": 77, "vocab_size": 49408}

    def told(**changes: Any) -> str:
        return json.dumps(
            {
                "model_cfg": {"embed_dim": 64, "quick_gelu": True, "vision_cfg": plain, "text_cfg": text, **changes},
                "preprocess_cfg": {},
            }
        )

    evil = pickle.dumps(Evil(f"touch {place.planted}"))
    return {
        "clip config of zeros": case(None),
        "clip config deep": case('{"a":' * 200_000),
        "clip config of a list": case("[]"),
        "clip tower of the hub": case(told(vision_cfg={**plain, "timm_model_name": "hf-hub:attacker/repo", "timm_model_pretrained": True})),
        "clip text of the hub": case(told(text_cfg={**text, "hf_model_name": "attacker/repo", "hf_tokenizer_name": "attacker/repo", "hf_model_pretrained": True})),
        "clip tokenizer of the hub": case(told(text_cfg={**text, "hf_tokenizer_name": "attacker/repo"})),
        "clip endless": case(told(vision_cfg={**plain, "layers": 100_000, "width": 16_384})),
        "clip embedding endless": case(told(embed_dim=2**40)),
        "clip weights of zeros": case(told(), None),
        "clip weights of a pickle": case(told(), evil),
        "clip weights of torch": case(told(), evil, "open_clip_pytorch_model.bin"),
    }  # fmt: skip
