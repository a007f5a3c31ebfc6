"""GeoFM basic, the small model for search by text that this project trained itself."""

from __future__ import annotations

from ..card import BandSpec, Card
from .entries import CatalogueFile, Entry

__all__ = ["GEOFM_BASIC"]

GEOFM_BASIC = Entry(
    card=Card(
        name="geofm-basic",
        title="GeoFM basic",
        task="dual-encoder",
        architecture="geofm-basic",
        parameters={"vocabulary": "closed"},  # the published card says which
        weights="model.onnx",
        sha256="",
        bands=tuple(BandSpec(name, "display") for name in ("red", "green", "blue")),
        gsd_m=2.236,
        tile=128,
        overlap=32,
        licence="Research use only",
        attribution="Pictures: RSSCN7 (Q. Zou, L. Ni, T. Zhang, Q. Wang, IEEE GRSL 12(11), 2015) and WHU-RS19 (G.-S. "
        "Xia et al., ISPRS TC VII Symposium 2010; D. Dai, W. Yang, IEEE GRSL 8(1), 2011), from Google Earth",
        source="GeoFM, resources/models/geofm-basic",
        limits="A tagger of 20 concepts that takes free wordings; it says when a phrase is none of them.",
    ),
    description="Search by text without a network or a graphics card: small, fast, and basic. It knows 20 concepts "
    "such as airport, farmland, forest, parking lot and river.",
    # Without an address until this project has one of its own: a checkout has the folder, and is a mirror.
    files=(
        CatalogueFile(
            "model.onnx",
            None,
            "88d56d325d9fad36b5d46b728846d05a1ff131a1a31ccb290908c41ee4601a67",  # pragma: allowlist secret
            3_972_635,
        ),
        CatalogueFile(
            "card.json",
            None,
            "788ac4d01d04e6c3af9fee5dc5a1e164779758085218ce9e338499c6f9dc30e1",  # pragma: allowlist secret
            14_358,
        ),
        CatalogueFile(
            "golden.safetensors",
            None,
            "44b47d8129407eb752653c2ff9d80e9507abab06955b77dfafe8d9a4bde50e73",  # pragma: allowlist secret
            198_304,
        ),
    ),
    convert="folder",
)
