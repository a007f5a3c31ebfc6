"""A forest of decision trees: fitted by scikit-learn, stored as an ONNX graph together with its features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from sklearn.ensemble import ExtraTreesClassifier

from .features import FeatureStack

__all__ = ["FOREST", "SMOOTHED", "ForestSettings", "feature_onnx", "fit_forest", "forest_onnx"]

Floats = NDArray[np.float32]
# What onnxruntime 1.20 reads, and later ones.
OPSETS = (helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3))
IR_VERSION = 9
SMOOTHED = 3  # pixels: side of the window that probabilities are smoothed over


@dataclass(frozen=True)
class ForestSettings:
    """How a forest grows.

    Attributes
    ----------
    trees, leaves : int
        Number of trees, and the most leaves of each: mapping takes time in proportion to trees times their depth.
    least : int
        Pixels of a leaf, at least.
    balance : float
        Classes weigh as their number of pixels to the power of minus this: 0 as many as there are, 1 all the same.
    share : float
        Part of the features that each split looks at.
    """

    trees: int = 24
    leaves: int = 96
    least: int = 2
    balance: float = 0.4
    share: float = 0.5


FOREST = ForestSettings()


def fit_forest(x: Floats, y: NDArray[np.uint8], seed: int, settings: ForestSettings = FOREST) -> ExtraTreesClassifier:
    """Fit a forest (Geurts et al., "Extremely randomized trees", Machine Learning 2006).

    Parameters
    ----------
    x : float32 [n, features]
    y : uint8 [n]
        Class ids.
    seed : int
    """
    counts = np.bincount(y)
    weights = {int(value): float(counts[value]) ** -settings.balance for value in np.unique(y)}
    forest = ExtraTreesClassifier(
        settings.trees,
        min_samples_leaf=settings.least,
        max_leaf_nodes=settings.leaves,
        max_features=settings.share,
        class_weight=weights,
        random_state=seed,
        n_jobs=-1,
    )
    return forest.fit(x, y)


def forest_onnx(features: FeatureStack, forest: Any, classes: int) -> bytes:
    """Features and forest as one graph.

    Its input is float32 [N, C, H, W], normalised and free of NaN; its output the probabilities float32
    [N, classes, H, W], smoothed over 3 x 3 pixels. Classes that the forest never saw have
    probability 0.

    Parameters
    ----------
    features : FeatureStack
    forest : fitted sklearn forest
    classes : int
    """
    nodes, constants = features.nodes("input", "features")
    constants += [
        numpy_helper.from_array(np.array([-1, features.count], np.int64), "table_shape"),
        numpy_helper.from_array(np.array([0, 2, 3], np.int64), "pixel_axes"),
        numpy_helper.from_array(np.array([classes], np.int64), "classes"),
    ]
    nodes += [
        helper.make_node("Transpose", ["features"], ["pixels"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["pixels", "table_shape"], ["table"]),
        _trees(forest, classes, "table", "votes"),
        helper.make_node("Shape", ["input"], ["shape"]),
        helper.make_node("Gather", ["shape", "pixel_axes"], ["pixel_shape"]),
        helper.make_node("Concat", ["pixel_shape", "classes"], ["votes_shape"], axis=0),
        helper.make_node("Reshape", ["votes", "votes_shape"], ["image"]),
        helper.make_node("Transpose", ["image"], ["single"], perm=[0, 3, 1, 2]),
        # Land cover comes in patches: neighbours are evidence too. Means of 2 x 2 pixels twice are weights of 1, 2, 1.
        helper.make_node("AveragePool", ["single"], ["half"], kernel_shape=[2, 2], pads=[1, 1, 0, 0]),
        helper.make_node("AveragePool", ["half"], ["output"], kernel_shape=[2, 2], pads=[0, 0, 1, 1]),
    ]
    return _model(features.inputs, nodes, constants, "output", classes)


def feature_onnx(features: FeatureStack) -> bytes:
    """The features alone as a graph: float32 [N, C, H, W] to float32 [N, features, H, W]."""
    nodes, constants = features.nodes("input", "features")
    return _model(features.inputs, nodes, constants, "features", features.count)


def _model(bands: int, nodes: list[NodeProto], constants: list[TensorProto], output: str, channels: int) -> bytes:
    def image(name: str, count: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", count, "height", "width"])

    graph = helper.make_graph(nodes, "forest", [image("input", bands)], [image(output, channels)], constants)
    model = helper.make_model(graph, producer_name="GeoFM", opset_imports=OPSETS, ir_version=IR_VERSION)
    data: bytes = model.SerializeToString()
    return data


def _trees(forest: Any, classes: int, source: str, target: str) -> NodeProto:
    """The mean of the trees' shares of classes, as one node: float32 [n, features] to [n, classes]."""
    nodes = [_table(estimator.tree_) for estimator in forest.estimators_]
    count = len(nodes)
    weights: dict[str, list[Any]] = {"treeids": [], "nodeids": [], "ids": [], "weights": []}
    labels = forest.classes_.astype(int)
    for tree, estimator in enumerate(forest.estimators_):
        shares = estimator.tree_.value[:, 0, :]
        shares = shares / shares.sum(axis=1, keepdims=True)
        leaves, columns = np.nonzero((estimator.tree_.children_left < 0)[:, None] & (shares > 0))
        weights["treeids"] += [tree] * len(leaves)
        weights["nodeids"] += leaves.tolist()
        weights["ids"] += labels[columns].tolist()
        weights["weights"] += (shares[leaves, columns] / count).tolist()
    attributes: dict[str, Any] = {
        "n_targets": classes,
        "aggregate_function": "SUM",
        "nodes_treeids": [tree for tree, table in enumerate(nodes) for _ in table["nodeids"]],
        **{f"nodes_{name}": [value for table in nodes for value in table[name]] for name in nodes[0]},
        **{f"target_{name}": values for name, values in weights.items()},
    }
    return helper.make_node("TreeEnsembleRegressor", [source], [target], domain="ai.onnx.ml", **attributes)


def _table(tree: Any) -> dict[str, list[Any]]:
    """The nodes of one tree in ONNX's terms."""
    leaf = tree.children_left < 0
    return {
        "nodeids": list(range(tree.node_count)),
        "featureids": np.where(leaf, 0, tree.feature).tolist(),
        "modes": ["LEAF" if end else "BRANCH_LEQ" for end in leaf],
        "values": np.where(leaf, 0, _rounded_down(tree.threshold)).tolist(),
        "truenodeids": np.where(leaf, 0, tree.children_left).tolist(),
        "falsenodeids": np.where(leaf, 0, tree.children_right).tolist(),
    }


def _rounded_down(thresholds: NDArray[np.float64]) -> Floats:
    """The greatest float32 that is not above each: then `x <= threshold` says the same of every float32 x."""
    near = thresholds.astype(np.float32)
    return np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near)
