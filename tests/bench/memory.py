"""Does a warm function grow? One function in a process of its own, ten thousand requests of a thousand learners.

`python -m tests.bench.memory` is that process: it reads (function, events) from its input and tells its memory as it goes.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.bench.scene import Scene

ROOT = Path(__file__).parents[2]
REQUESTS = 10_000
MARKS = (1_000, 5_000, REQUESTS)
LEARNERS = 1_500
"""More than the tokens that a function remembers."""
GROWTH = 1.0
"""Megabytes from the first mark to the last that still count as none: the allocator's breathing."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes resident at each mark."""

    function: str
    megabytes: dict[int, float]

    @property
    def growth(self) -> float:
        return self.megabytes[MARKS[-1]] - self.megabytes[MARKS[0]]


def measure(scene: Scene) -> list[Memory]:
    course, lesson, section = (scene.world.id(name) for name in ("course", "lesson", "section"))
    report = {"courseId": course, "lessonId": lesson, "sectionId": section, "completed": True, "timeSpent": 5}
    with scene.stage(far=False) as stage:

        def get(path: str) -> dict[str, Any]:
            return stage.caught(lambda client: client.get(path))[1]

        tokens = [scene.issuer.token(f"large-{number:07d}") for number in range(LEARNERS)]
        reading = [get(path) for path in ("/courses", f"/courses/{course}", "/courses?search=introduction")]
        learning = [get(path) for path in ("/progress/analytics/dashboard", "/enrollments", "/progress/streak")]
        recording = stage.caught(lambda client: client.post("/progress/section", report, user=scene.world.users["enrolled"]))[1]
    return [_run("catalog", reading, tokens), _run("learning", [*learning, recording], tokens)]


def _run(function: str, events: list[dict[str, Any]], tokens: list[str]) -> Memory:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.memory"],
        input=json.dumps({"function": function, "events": events, "tokens": tokens}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "POWERTOOLS_LOG_LEVEL": "ERROR"},
    )
    return Memory(function, {int(mark): megabytes for mark, megabytes in json.loads(done.stdout.splitlines()[-1]).items()})


def main() -> None:
    """The measured process: nothing but the function and its events."""
    asked = json.load(sys.stdin)
    handler = importlib.import_module(f"functions.{asked['function']}.app").handler
    context = SimpleNamespace(function_name="bench", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="r")
    events, tokens, marks = asked["events"], asked["tokens"], {}
    for number in range(1, REQUESTS + 1):
        event = events[number % len(events)]
        if event["requestContext"]["http"]["method"] == "GET":
            event["headers"]["authorization"] = f"Bearer {tokens[number % len(tokens)]}"
        event["requestContext"]["requestId"] = f"request-{number}"
        answer = handler(event, context)
        if answer["statusCode"] != 200:
            raise RuntimeError(answer)
        if number in MARKS:
            marks[number] = resident()
    print(json.dumps(marks))


def resident() -> float:
    """Resident now. Not getrusage's peak: a child inherits its parent's."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)
    return int(told.stdout) * 1024 / 1e6


if __name__ == "__main__":
    main()
