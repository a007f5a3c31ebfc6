"""`geofm models import-clip`: take in a CLIP model of the open_clip library, for searching by any words."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from . import imagery, options
from .running import absolute, print_result

if TYPE_CHECKING:
    from ..encoders.clip_conversion import Source

__all__ = ["add"]

EPILOG = """\
examples:
  geofm models import-clip ./RemoteCLIP-ViT-B-32 --name remoteclip --licence Apache-2.0
  geofm models import-clip ViT-B-32:laion2b_s34b_b79k --name laion-b32 --licence MIT
  geofm models import-clip hf-hub:OWNER/MODEL --name mine --licence CC-BY-4.0

A folder holds open_clip_config.json and the weights. Models made from OpenAI's weights (GeoRSCLIP, RemoteCLIP and
FarSLIP of the kind ViT-B-32 are) need "quick_gelu": true in it.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `import-clip` to the commands of `models`."""
    parser = commands.add_parser(
        "import-clip",
        help="take in a CLIP model of the open_clip library",
        description="Convert a CLIP model once, to safetensors with golden vectors, or with --onnx to two ONNX graphs, "
        "which run about twice as fast on a processor. A tag or hf-hub: name is downloaded by open_clip.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="FOLDER|MODEL:TAG|hf-hub:OWNER/NAME")
    parser.add_argument("--name", type=options.text, required=True, help="on the shelf")
    parser.add_argument("--title", type=options.text, help="for people; default: the name")
    parser.add_argument("--licence", type=options.text, required=True, help="as its makers state it; it is shown")
    parser.add_argument("--attribution", default="", metavar="TEXT", help="whom users of the model have to name")
    parser.add_argument("--sha256", help="of weights that are a pickle (.pt, .bin); such are read only if it fits")
    parser.add_argument("--onnx", action="store_true", help="as two ONNX graphs")
    parser.add_argument("--json", action="store_true", help="the result as one JSON object")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ..cards.shelf import check_name, models_folder
    from ..encoders.clip_conversion import Terms, convert, export_towers
    from ..jobs.paths import home_folder, prepare_home

    name = check_name(args.name)
    if imagery.installed(name) is not None:
        raise InputError(f"There is a model {name} already; choose another name, or remove that one first.")
    source = _source(args)
    terms = Terms(name, args.title or name, args.licence, args.attribution, args.source)
    prepare_home(home_folder())
    out = models_folder() / name
    if args.onnx:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / name
            card = export_towers(made, convert(source, made, terms), out)
    else:
        card = convert(source, out, terms)
    if args.json:
        print_result({"model": str(out), "dimension": card.parameters["dimension"], "licence": card.licence})
    else:
        print(f"Imported: {card.title} ({out})")
    return 0


def _source(args: argparse.Namespace) -> Source:
    from ..encoders.clip_conversion import local_source, tag_source

    folder = Path(absolute(args.source))
    if folder.is_dir():
        return local_source(folder, sha256=args.sha256)
    if not args.json:
        print(f"Loading {args.source} by open_clip.", file=sys.stderr)
    if args.source.startswith("hf-hub:"):
        return tag_source(args.source)
    model, _, tag = args.source.partition(":")
    return tag_source(model, tag)
