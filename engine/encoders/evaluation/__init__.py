"""How good a search is: zero-shot scenes and retrieval, by one fixed protocol."""

from .metrics import average_precision, class_vector, instance_recall, label_recall, scores

__all__ = ["average_precision", "class_vector", "instance_recall", "label_recall", "scores"]
