"""Maps are compared with the truth in Processing, by the real engine, with the figures that the command gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsProcessingException
from real_covers import train_quick, write_covers
from real_maps import geofm, map_flood, write_scene

pytest_plugins = ("processing_fixtures",)


def test_a_flood_map_is_scored(processing: Any, tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene")
    map_flood(scene, tmp_path / "map")
    files = {"PREDICTION": str(tmp_path / "map" / "flood.tif"), "TRUTH": str(scene / "flood_truth.tif")}
    report = str(tmp_path / "scores.json")
    done = processing.run("geofm:compareflood", {**files, "REPORT": report})
    expected = geofm("evaluate", "flood", "--prediction", files["PREDICTION"], "--truth", files["TRUTH"])[-1]
    for score in ("precision", "recall", "f1", "iou"):
        assert done[f"FLOOD_{score.upper()}"] == expected["classes"]["flood"][score]
        assert done[f"WATER_{score.upper()}"] == expected["water"][score]
    written = json.loads(Path(report).read_text(encoding="utf-8"))
    assert written["confusion"] == expected["confusion"] and written["request"]["kind"] == "evaluate-flood"
    dry_left_out = processing.run("geofm:compareflood", {**files, "IGNORE": "0"})
    assert dry_left_out["WATER_RECALL"] == done["WATER_RECALL"]
    with pytest.raises(QgsProcessingException, match="holds"):
        processing.run("geofm:compareflood", {**files, "TRUTH": str(scene / "dem.tif")})


def test_a_land_cover_map_is_scored_by_polygons(processing: Any, tmp_path: Path) -> None:
    scene = write_covers(tmp_path / "scene")
    train_quick(scene, tmp_path / "model")
    geofm("landcover", "--image", scene / "s2.tif", "--model", tmp_path / "model", "--out", tmp_path / "map")
    files = {"PREDICTION": str(tmp_path / "map" / "landcover.tif"), "TRUTH": str(scene / "training_polygons.gpkg")}
    done = processing.run("geofm:comparelandcover", {**files, "CLASS_FIELD": "class"})
    words = ("--prediction", files["PREDICTION"], "--truth", files["TRUTH"], "--class-field", "class")
    expected = geofm("evaluate", "segmentation", *words)[-1]
    assert done["OVERALL_ACCURACY"] == expected["overall_accuracy"] > 0.9
    assert (done["MACRO_F1"], done["MEAN_IOU"]) == (expected["macro_f1"], expected["miou"])
