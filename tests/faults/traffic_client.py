"""One client of a busy queue: submits, waits, cancels and resumes until the time is over.

`traffic_client.py SEED SECONDS` prints one JSON object about each of its jobs at its end.
"""

from __future__ import annotations

import functools
import json
import random
import sys
import time
from pathlib import Path

JOBS = Path(__file__).parents[1] / "engine" / "jobs"
sys.path.append(str(JOBS))

from practice import PracticeRequest, QuickPracticeRequest  # noqa: E402 - found by the path above

from engine.jobs.launch import ensure_worker  # noqa: E402
from engine.jobs.store import JobStore  # noqa: E402

LEAST_JOBS, MOST_WAITING = 2, 5
WORKER = (sys.executable, str(JOBS / "practice_worker.py"))


def main(seed: int, seconds: float) -> None:
    """Be a client for so long, and then until all its jobs have ended."""
    source = random.Random(seed)
    steps: dict[int, int] = {}
    cancelled: set[int] = set()
    over = time.monotonic() + seconds
    with JobStore(start_worker=functools.partial(ensure_worker, command=WORKER)) as store:
        while time.monotonic() < over or len(steps) < LEAST_JOBS:
            kind = source.choice((PracticeRequest, QuickPracticeRequest))
            request = kind(steps=source.randint(1, 12), pause=0.01)
            job = store.submit(request)
            steps[job.id] = request.steps
            if source.random() < 0.1:
                store.request_cancel(job.id)
                cancelled.add(job.id)
            time.sleep(source.uniform(0, 1))
            waiting = [job_id for job_id in steps if not store.get(job_id).ended]
            if len(waiting) > MOST_WAITING or source.random() < 0.2:
                store.wait(min(waiting, default=job.id))
        for job_id, count in steps.items():
            job = store.wait(job_id)
            total = job.result.summary["total"] if job.result else None
            print(
                json.dumps(
                    {
                        "id": job_id,
                        "state": job.state,
                        "cancelled": job_id in cancelled,
                        "attempt": job.attempt,
                        "right": total == count * (count + 1) // 2,
                    }
                )
            )


main(int(sys.argv[1]), float(sys.argv[2]))
