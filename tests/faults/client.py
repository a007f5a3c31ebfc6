"""Waits for a job of the queue, as a window or another program does: `client.py JOB`."""

import sys

from engine.errors import JobError
from engine.jobs.store import JobStore

try:
    with JobStore() as store:
        state = store.wait(int(sys.argv[1])).state
except JobError as error:
    state = f"error: {error}"
print(state)
