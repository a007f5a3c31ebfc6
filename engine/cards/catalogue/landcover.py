"""Published models for land cover: encoders to train on, and maps that are ready."""

from __future__ import annotations

from collections.abc import Sequence

from ..band_names import SENTINEL_2
from ..card import BandSpec, Card, ClassSpec
from .entries import CatalogueFile, Entry

__all__ = ["LAND_COVER"]

GITHUB = "https://raw.githubusercontent.com"
HUGGING_FACE = "https://huggingface.co/torchgeo"

_SSL4EO = (
    "Y. Wang et al., SSL4EO-S12: A large-scale multi-modal, multi-temporal dataset for self-supervised learning in "
    "Earth observation, IEEE GRSM 2023, arXiv:2211.07044; weights published by TorchGeo"
)
_TOP_OF_ATMOSPHERE = "Learned from Sentinel-2 L1C (top of atmosphere), whose band B10 no L2A product has."
# The scaling of TorchGeo's transforms for these weights: Sentinel-2 as DN / 10000; Sentinel-1 by the statistics of
# SSL4EO-S12 in dB.
_REFLECTANCE = tuple(BandSpec(name, "reflectance") for name in SENTINEL_2)
# Sentinel-2's own order, which SSL4EO-S12 keeps, has B8A after B08.
_RGB = tuple(BandSpec(name, "reflectance") for name in ("B04", "B03", "B02"))
_RADAR = (BandSpec("VV", "db", -12.59, 5.26), BandSpec("VH", "db", -20.26, 5.91))


def _ssl4eo(
    name: str,
    title: str,
    network: str,
    bands: tuple[BandSpec, ...],
    description: str,
    limits: str,
    source: tuple[str, str, str, int],
) -> Entry:
    """An encoder of SSL4EO-S12 as TorchGeo publishes it: a timm network without its head; `source` is repository,
    revision, SHA-256 and size."""
    repository, revision, sha256, size = source
    file = f"{repository}-{sha256[:8]}.pth"
    card = Card(
        name=name,
        title=title,
        task="encoder",
        architecture="timm",
        parameters={"encoder": network, "in_channels": len(bands)},
        weights="weights.safetensors",
        sha256="",
        bands=bands,
        gsd_m=10.0,
        tile=224,
        overlap=0,
        licence="CC-BY-4.0",
        attribution=_SSL4EO,
        source=f"{HUGGING_FACE}/{repository} at {revision}",
        training={"method": "MoCo", "dataset": "SSL4EO-S12"},
        limits=limits,
    )
    files = (CatalogueFile(file, f"{HUGGING_FACE}/{repository}/resolve/{revision}/{file}", sha256, size),)
    # The files hold plain timm names; older ones of the same makers have MoCo's or a wrapper's in front.
    strip = ("module.encoder_q.", "module.base_encoder.", "backbone.")
    return Entry(card, description, files, "state-dict", strip, ("fc.", "head.", "queue"))


# Means and standard deviations of normalization.json, key "13": dB for Sentinel-1, DN for Sentinel-2.
_GALILEO_STATISTICS = {
    "VV": (-11.728724389184965, 4.887145774840316),
    "VH": (-18.85558188024017, 5.730270320384293),
    "B02": (1395.3408730676722, 917.7041440370853),
    "B03": (1338.4026921784578, 913.2988423581528),
    "B04": (1343.09883810357, 1092.678723527555),
    "B05": (1543.8607982512297, 1047.2206083460424),
    "B06": (2186.2022069512263, 1048.0101611156767),
    "B07": (2525.0932853316694, 1143.6903026819996),
    "B08": (2410.3377187373408, 1098.979177731649),
    "B8A": (2750.2854646886753, 1204.472755085893),
    "B11": (2234.911100061487, 1145.9774063078878),
    "B12": (1474.5311266077113, 980.2429840007796),
    "NDVI": (0.2892117116502999, 0.2720939024500081),
}
_DN = 10_000


def _galileo_scaling(name: str) -> tuple[float, float]:
    """Mean and standard deviation for a card: Galileo's own input is (x - (mean - 2 std)) / (4 std)."""
    mean, std = _GALILEO_STATISTICS[name]
    return mean - 2 * std, 4 * std


def _galileo_band(name: str) -> BandSpec:
    mean, std = _galileo_scaling(name)
    return (
        BandSpec(name, "db", mean, std)
        if name in ("VV", "VH")
        else BandSpec(name, "reflectance", mean / _DN, std / _DN)
    )


_GALILEO_REVISION = "d04822911e853668034888a90d490b799fae6929"  # pragma: allowlist secret
_GALILEO_NANO = Entry(
    card=Card(
        name="galileo-nano",
        title="Galileo nano (Sentinel-1 and Sentinel-2)",
        task="encoder",
        architecture="galileo",
        parameters={
            "embedding_size": 128,
            "depth": 4,
            "heads": 8,
            "mlp_ratio": 4,
            "patch": 8,
            "timesteps": 24,
            # The network computes the index itself, from B08 and B04.
            "ndvi": dict(zip(("mean", "std"), _galileo_scaling("NDVI"))),
        },
        weights="weights.safetensors",
        sha256="",
        bands=tuple(_galileo_band(name) for name in _GALILEO_STATISTICS if name != "NDVI"),
        gsd_m=10.0,
        tile=96,
        overlap=16,
        licence="MIT",
        attribution="G. Tseng et al., Galileo: Learning Global and Local Features in Pretrained Remote Sensing Models, "
        "2025, arXiv:2502.09356",
        source="https://github.com/nasaharvest/galileo, data/models/nano",
        training={"method": "masked prediction of latent and shallow features", "samples": 127155},
        limits="Only the encoder's part for one date of Sentinel-1 and Sentinel-2 is used.",
    ),
    description="A small transformer (a million weights) that reads bands of Sentinel-1 and Sentinel-2; the encoder of "
    "the preset Balanced, good with few labels and fast without a GPU.",
    files=(
        CatalogueFile(
            "encoder.pt",
            # A commit that added the file, which has one version in the repository's history.
            f"{GITHUB}/nasaharvest/galileo/{_GALILEO_REVISION}/data/models/nano/encoder.pt",
            "eab6acacf527886a508a555bc24efe4b4a2cf91b162e84cd1c4a1807e942180c",  # pragma: allowlist secret
            4_189_406,
        ),
    ),
    convert="state-dict",
    # What serves elevation, weather, location and static maps.
    drop=("sp_channel_embed", "t_channel_embed", "st_channel_embed", "space_embed.", "time_embed.", "static_embed."),
)


def _classes(*pairs: Sequence[str]) -> tuple[ClassSpec, ...]:
    return tuple(ClassSpec(value, name, color) for value, (name, color) in enumerate(pairs))


_DYNAMIC_WORLD = Entry(
    card=Card(
        name="dynamic-world",
        title="Dynamic World (9 classes, Sentinel-2)",
        task="segmentation",
        architecture="onnx",
        parameters={},
        weights="model.onnx",
        sha256="",
        # The graph takes reflectance; the logarithmic scaling that the network wants is put in front of it.
        bands=tuple(
            BandSpec(name, "reflectance") for name in ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B11", "B12")
        ),
        classes=_classes(
            ("water", "#419bdf"),
            ("trees", "#397d49"),
            ("grass", "#88b053"),
            ("flooded vegetation", "#7a87c6"),
            ("crops", "#e49635"),
            ("shrub and scrub", "#dfc35a"),
            ("built", "#c4281b"),
            ("bare", "#a59b8f"),
            ("snow and ice", "#b39fe1"),
        ),
        gsd_m=10.0,
        tile=512,
        overlap=64,
        licence="Apache-2.0",
        attribution="This code is produced for the Dynamic World Project by Google in partnership with National "
        "Geographic and the World Resources Institute. C. F. Brown et al., Dynamic World, Near real-time global 10 m "
        "land use land cover mapping, Scientific Data 9, 251 (2022)",
        source="https://github.com/google/dynamicworld, model/forward at 0dd288f, converted to ONNX",
        limits="Made for Sentinel-2 L1C (top of atmosphere): maps of L2A images differ. The ONNX file gives the "
        "published model's class in 99.9 % of the pixels of a test image.",
    ),
    description="Google's global land cover of nine classes, without any training. Published for TensorFlow only: the "
    "ONNX file comes from a mirror.",
    files=(
        CatalogueFile(
            "dw_forward_converted.onnx",
            None,
            "b6d5482f263597e70cc3c5ddb3d2dbf62b42312ca0c6f46fb6a282232d692970",  # pragma: allowlist secret
            952_207,
        ),
    ),
    convert="dynamic-world",
)

# fmt: off
LAND_COVER: tuple[Entry, ...] = (
    _GALILEO_NANO,
    _ssl4eo(
        "ssl4eo-resnet18-s2", "ResNet-18 of SSL4EO-S12 (Sentinel-2, 13 bands)", "resnet18", _REFLECTANCE,
        "A small convolutional encoder, a good start for the preset Best with Sentinel-2.", _TOP_OF_ATMOSPHERE,
        (
            "resnet18_sentinel2_all_moco",
            "5b8cddc9a14f3844350b7f40b85bcd32aed75918",  # pragma: allowlist secret
            "59bfdff99c7af41adfa2557e684ec59aec79f4cf6bb1a2e9714b802f08e2222e",  # pragma: allowlist secret
            44_915_225,
        ),
    ),
    _ssl4eo(
        "ssl4eo-resnet50-s2", "ResNet-50 of SSL4EO-S12 (Sentinel-2, 13 bands)", "resnet50", _REFLECTANCE,
        "A middle-sized convolutional encoder for the preset Best with Sentinel-2, better with a GPU.",
        _TOP_OF_ATMOSPHERE,
        (
            "resnet50_sentinel2_all_moco",
            "da4f3c9dbe09272eb902f3b37f46635fa4726879",  # pragma: allowlist secret
            "df8b932e2a23a0773febedf3f650aa7d342b805f7876ca5ed6b139d7245d7c09",  # pragma: allowlist secret
            94_487_109,
        ),
    ),
    _ssl4eo(
        "ssl4eo-resnet50-s1", "ResNet-50 of SSL4EO-S12 (Sentinel-1)", "resnet50", _RADAR,
        "A middle-sized convolutional encoder for the preset Best with Sentinel-1's VV and VH.", "",
        (
            "resnet50_sentinel1_all_moco",
            "e79862c667853c10a709bdd77ea8ffbad0e0f1cf",  # pragma: allowlist secret
            "906e4356da0ff06ce0388cba50dd4f310ba6abbee706c5303c129d8aead98082",  # pragma: allowlist secret
            94_349_125,
        ),
    ),
    _ssl4eo(
        "ssl4eo-vit-small-s2", "ViT-S/16 of SSL4EO-S12 (Sentinel-2, 13 bands)", "vit_small_patch16_224", _REFLECTANCE,
        "A transformer that sees 160 m at a time: for classes of whole landscapes rather than fine borders.",
        _TOP_OF_ATMOSPHERE,
        (
            "vit_small_patch16_224_sentinel2_all_moco",
            "1cb683f6c14739634cdfaaceb076529adf898c74",  # pragma: allowlist secret
            "67c9032df0449ae37f93c51696bcae0c6dc3485103deb44b4669e9897b90409c",  # pragma: allowlist secret
            90_668_909,
        ),
    ),
    _ssl4eo(
        "ssl4eo-resnet18-rgb", "ResNet-18 of SSL4EO-S12 (red, green, blue)", "resnet18", _RGB,
        "A small convolutional encoder for images that have red, green and blue reflectance alone.",
        "Learned from Sentinel-2 L1C (top of atmosphere).",
        (
            "resnet18_sentinel2_rgb_moco",
            "e1c032e7785fd0625224cdb6699aa138bb304eec",  # pragma: allowlist secret
            "e3a335e38d1d189ad3b0eba4be4004a9c52c5e846317b6737ac9f0fac57e1ac8",  # pragma: allowlist secret
            44_789_785,
        ),
    ),
    _DYNAMIC_WORLD,
)
# fmt: on
