"""What floods and land cover both learn with: labels, splits, presets, training, prediction and its evaluation."""
