"""Loads, runs, imports and exports models."""

import os

# Before any import of huggingface_hub, which timm and open_clip bring in: no file of a stranger's may make them fetch
# what it names, whatever the user's environment says. GeoFM's own downloads need no hub, but for `import-clip`.
os.environ["HF_HUB_OFFLINE"] = "1"
