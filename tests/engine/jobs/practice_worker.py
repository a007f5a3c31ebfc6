"""The worker, with the practice jobs in its table of tasks."""

import sys
from pathlib import Path

# Workers run in Python's safe-path mode, which leaves the script's own folder out.
sys.path.append(str(Path(__file__).parent))

import practice

from engine import tasks, worker

tasks.TASKS.update(practice.TASKS)
sys.exit(worker.main(command=[sys.executable, __file__]))
