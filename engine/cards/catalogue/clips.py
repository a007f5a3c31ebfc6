"""CLIP models that search by any words: what is published, under which licence, and how it is taken in.

All are of one shape, ViT-B/32 on pictures of 224 pixels, with the preprocessing of OpenAI's. What differs is what they
learned from, and the activation, which no file tells: under another one the same weights give wrong vectors in silence.
"""

from __future__ import annotations

from typing import Any

from ..card import BandSpec, Card
from .entries import CatalogueFile, Entry

__all__ = ["CLIPS"]

HUGGING_FACE = "https://huggingface.co"
# Of colours from 0 to 1, red, green and blue: `OPENAI_DATASET_MEAN` and `_STD` of open_clip.
MEANS = (0.48145466, 0.4578275, 0.40821073)
STDS = (0.26862954, 0.26130258, 0.27577711)
SIDE = 224
# open_clip's ViT-B-32.json.
VIT_B_32: dict[str, Any] = {
    "embed_dim": 512,
    "vision_cfg": {"image_size": SIDE, "layers": 12, "width": 768, "patch_size": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12},
}
# The revisions, at which the files are as their makers left them.
_LAION = "1a25a446712ba5ee05982a381eed697ef9b435cf"  # pragma: allowlist secret
_GEORSCLIP = "4920188e6eba4e711ef9848cfd7cb77e874ee33f"  # pragma: allowlist secret
_REMOTECLIP = "bf1d8a3ccf2ddbf7c875705e46373bfe542bce38"  # pragma: allowlist secret
_WEB = "Learned from pictures of the web, of which few were taken from above."


def _card(name: str, title: str, licence: str, attribution: str, source: str, limits: str, *, quick_gelu: bool) -> Card:
    return Card(
        name=name,
        title=title,
        task="dual-encoder",
        architecture="open-clip",
        parameters={"model": {**VIT_B_32, "quick_gelu": quick_gelu}, "vocabulary": "open"},
        weights="model.safetensors",
        sha256="",
        bands=tuple(
            BandSpec(band, "display", 255 * mean, 255 * std)
            for band, mean, std in zip(("red", "green", "blue"), MEANS, STDS)
        ),
        tile=SIDE,
        overlap=SIDE // 4,
        licence=licence,
        attribution=attribution,
        source=source,
        limits=limits,
    )


_OPENAI = Entry(
    card=_card(
        "openai-clip-b32",
        "CLIP ViT-B/32 of OpenAI",
        "MIT",
        "A. Radford et al., Learning Transferable Visual Models From Natural Language Supervision, ICML 2021, "
        "arXiv:2103.00020",
        "https://github.com/openai/CLIP, ViT-B-32.pt",
        f"{_WEB} OpenAI's model card advises against use without thorough tests on one's own imagery.",
        quick_gelu=True,
    ),
    description="Finds by any English words. The first CLIP, of pictures of all kinds: it names 81 of 100 pictures of "
    "WHU-RS19 rightly.",
    files=(
        CatalogueFile(
            "ViT-B-32.pt",
            # The address has the hash in the place of a revision.
            "https://openaipublic.azureedge.net/clip/models/"
            "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af/ViT-B-32.pt",  # pragma: allowlist secret
            "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af",  # pragma: allowlist secret
            353_976_522,
        ),
    ),
    convert="clip-torchscript",
    # Numbers that the archive keeps beside the weights.
    drop=("input_resolution", "context_length", "vocab_size"),
)
_LAION_2B = Entry(
    card=_card(
        "laion-clip-b32",
        "CLIP ViT-B/32 of LAION",
        "MIT",
        "M. Cherti et al., Reproducible scaling laws for contrastive language-image learning, CVPR 2023, "
        "arXiv:2212.07143; weights published by LAION",
        f"{HUGGING_FACE}/laion/CLIP-ViT-B-32-laion2B-s34B-b79K at {_LAION}",
        f"{_WEB} Its makers publish it for research, and advise tests before any other use.",
        quick_gelu=False,
    ),
    description="Finds by any English words. Trained anew, on two thousand million pictures of all kinds; better than "
    "OpenAI's of the same size on most of what both were tested on.",
    files=(
        CatalogueFile(
            "open_clip_model.safetensors",
            f"{HUGGING_FACE}/laion/CLIP-ViT-B-32-laion2B-s34B-b79K/resolve/{_LAION}/open_clip_model.safetensors",
            "ac4f8c4b88af6d963118cbf40ad93176d092abbedfcb752601ae1866352656e6",  # pragma: allowlist secret
            605_143_316,
        ),
    ),
    convert="clip",
)
_GEO_RS = Entry(
    card=_card(
        "georsclip-b32",
        "GeoRSCLIP ViT-B/32",
        "CC, kind not stated",
        "Z. Zhang, T. Zhao, Y. Guo, J. Yin, RS5M and GeoRSCLIP: A Large-Scale Vision-Language Dataset and a Large "
        "Vision-Language Model for Remote Sensing, IEEE TGRS 62, 2024, arXiv:2306.11300",
        f"{HUGGING_FACE}/Zilun/GeoRSCLIP, ckpt/RS5M_ViT-B-32.pt at {_GEORSCLIP}",
        "Learned from five million pictures that were found or captioned by programs. Its makers give the licence as "
        "Creative Commons without saying which: ask them before commercial use.",
        # Trained on from OpenAI's, and loaded into OpenAI's by its makers' program.
        quick_gelu=True,
    ),
    description="Finds by any English words. For satellite and aerial imagery at many resolutions, Sentinel-2 among "
    "them: it names 89 of 100 pictures of WHU-RS19 rightly.",
    files=(
        CatalogueFile(
            "RS5M_ViT-B-32.pt",
            f"{HUGGING_FACE}/Zilun/GeoRSCLIP/resolve/{_GEORSCLIP}/ckpt/RS5M_ViT-B-32.pt",
            "129bafaa6a097b8be52e2babf27d24f0a934dae919201e538dc698611bd1ea01",  # pragma: allowlist secret
            605_000_000,
            slack=500_000,
        ),
    ),
    convert="clip",
)
_REMOTE = Entry(
    card=_card(
        "remoteclip-b32",
        "RemoteCLIP ViT-B/32",
        "Apache-2.0",
        "F. Liu, D. Chen, Z. Guan, X. Zhou, J. Zhu, Q. Ye, L. Fu, J. Zhou, RemoteCLIP: A Vision Language Foundation "
        "Model for Remote Sensing, IEEE TGRS 62, 2024, arXiv:2306.11029",
        f"{HUGGING_FACE}/chendelong/RemoteCLIP, RemoteCLIP-ViT-B-32.pt at {_REMOTECLIP}",
        "Strong on aerial and very fine satellite imagery, weak on Sentinel-2. The pictures it learned from have terms "
        "of their own, some for research alone.",
        # Trained on from OpenAI's. Its makers' example builds GELU, and says nothing of it.
        quick_gelu=True,
    ),
    description="Finds by any English words. For aerial pictures and very fine satellite imagery: it names 95 of 100 "
    "pictures of WHU-RS19 rightly.",
    files=(
        CatalogueFile(
            "RemoteCLIP-ViT-B-32.pt",
            f"{HUGGING_FACE}/chendelong/RemoteCLIP/resolve/{_REMOTECLIP}/RemoteCLIP-ViT-B-32.pt",
            "60014e395d930a3f2963d1d89c8522bf4ad56775571e4356e866864789af85c4",  # pragma: allowlist secret
            605_208_421,
        ),
    ),
    convert="clip",
)
_FAR = Entry(
    card=_card(
        "farslip-b32",
        "FarSLIP ViT-B/32",
        "MIT",
        "Z. Li, W. Yu, D. Muhtar, X. Zhang, P. Xiao, P. Ghamisi, X. X. Zhu, FarSLIP: Discovering Effective CLIP "
        "Adaptation for Fine-Grained Remote Sensing Understanding, 2025, arXiv:2511.14901",
        f"{HUGGING_FACE}/ZhenShiL/FarSLIP, FarSLIP2_ViT-B-32.pt",
        "",
        quick_gelu=True,  # by its makers' instructions for testing
    ),
    description="Finds by any English words. For satellite and aerial imagery, with an eye for single objects.",
    files=(),
    convert="",
    by_hand=f"download FarSLIP2_ViT-B-32.pt from {HUGGING_FACE}/ZhenShiL/FarSLIP, copy the SHA-256 that the page of "
    "the file tells, and run: geofm models import FarSLIP2_ViT-B-32.pt --like farslip-b32 --sha256 DIGITS",
)

CLIPS: tuple[Entry, ...] = (_OPENAI, _LAION_2B, _GEO_RS, _REMOTE, _FAR)
