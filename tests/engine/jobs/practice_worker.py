"""The worker, which knows the practice jobs too."""

import sys
from pathlib import Path

# Workers run in Python's safe-path mode, which leaves the script's own folder out.
sys.path.append(str(Path(__file__).parent))

import practice

from engine import worker

assert practice.PracticeRequest  # known from now on
sys.exit(worker.main(command=[sys.executable, __file__]))
