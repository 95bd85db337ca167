"""Many at once on a running academy: learners who look round, read, and report what they did, each after the last answer.

A thread a client with one kept connection, as a browser's. What is measured is the local cloud on this machine, clients included: it says that
nothing breaks and nobody is left out, and what one machine does; not what AWS would do.
"""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from infra.local.settings import PASSWORD
from tests.bench.measure import quantile

CLIENTS = 64
SECONDS = 60
PATIENCE = 30
"""Seconds that a client waits for an answer before it counts as none."""
TRIES = 10
SEARCHES = ("python", "tax", "hindi", "anatomy", "pythn", "design", "data structures")


@dataclass(frozen=True, slots=True)
class Shot:
    """One request: `status` 0 where no answer came."""

    client: int
    route: str
    status: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody signed in and enrolled, and where they are enrolled."""

    token: str
    course: str
    sections: tuple[tuple[str, str], ...]
    """Section and lesson."""


@dataclass
class Shots:
    taken: list[Shot] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def errors(self) -> Counter[str]:
        """Everything that is neither an answer nor a limit."""
        return Counter(f"{shot.status} {shot.route}" for shot in self.taken if shot.status not in (200, 429))

    @property
    def refused(self) -> int:
        return sum(shot.status == 429 for shot in self.taken)

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return sum(shot.status == 200 for shot in self.taken) / self.seconds

    def answered(self, clients: Sequence[int]) -> list[int]:
        """How many requests of each of these clients were answered."""
        counts = Counter(shot.client for shot in self.taken if shot.status == 200)
        return [counts[client] for client in clients]

    def by_route(self) -> list[tuple[str, int, float, float, float]]:
        """Route, answers, p50, p95, p99 in milliseconds."""
        times: dict[str, list[float]] = {}
        for shot in self.taken:
            if shot.status == 200:
                times.setdefault(shot.route, []).append(shot.milliseconds)
        return [(route, len(ms), *(quantile(ms, part) for part in (0.5, 0.95, 0.99))) for route, ms in sorted(times.items())]  # type: ignore[misc]


class Browser:
    """One client's connection."""

    def __init__(self, url: str, number: int, shots: Shots) -> None:
        self._server = urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self._server, timeout=PATIENCE)
        self._number, self._shots = number, shots

    def ask(self, method: str, path: str, *, route: str = "", token: str = "", body: Any = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        started = time.perf_counter()
        try:
            self._connection.request(method, f"/api/v1{path}", body=None if body is None else json.dumps(body), headers=headers)
            answer = self._connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            status, text = 0, b""
        self._shots.taken.append(Shot(self._number, f"{method} {route or path}", status, (time.perf_counter() - started) * 1000))
        return status, json.loads(text) if text.startswith(b"{") else None

    def close(self) -> None:
        self._connection.close()


def sign_up(url: str, clients: int) -> list[Learner]:
    """New people, signed in and enrolled in the course with the most sections that costs nothing. Raises RuntimeError for an unexpected answer."""
    shots, mark = Shots(), f"{time.time_ns():x}"
    browser = Browser(url, 0, shots)

    def expect(status: int, method: str, path: str, **more: Any) -> Any:
        for attempt in range(TRIES):
            got, answer = browser.ask(method, path, **more)
            if attempt and got == 409:  # what was given up on had been done
                return None
            if got not in (0, 503):  # "try again in a few seconds": functions start
                break
            time.sleep(2)
        if got != status:
            raise RuntimeError(f"{method} {path}: {got} {answer}")
        return answer["data"]

    cards = expect(200, "GET", "/courses?free=true&limit=100")
    course = max(cards, key=lambda card: card["sectionCount"])["id"]
    learners = []
    for number in range(clients):
        email = f"load-{mark}-{number}@academy.test"
        account = {"email": email, "password": PASSWORD, "firstName": "Asha", "lastName": "Rao", "username": f"load.{mark}.{number}"}
        expect(201, "POST", "/auth/signup", body=account)
        token = expect(200, "POST", "/auth/signin", body={"email": email, "password": PASSWORD})["accessToken"]
        about = {"fullName": "Asha Rao", "role": "student", "domain": "engineering", "branch": "Civil", "year": 1}
        expect(200, "POST", "/auth/onboarding", token=token, body=about)
        expect(201, "POST", f"/courses/{course}/enroll", token=token)
        page = expect(200, "GET", f"/courses/{course}", token=token)
        sections = tuple(
            (section["id"], lesson["id"]) for module in page["modules"] for lesson in module["lessons"] for section in lesson["sections"]
        )
        learners.append(Learner(token, course, sections))
    browser.close()
    return learners


def journey(browser: Browser, learner: Learner, dice: random.Random) -> None:
    """One round of what a learner does: eight requests of seven routes, from a random one on, so that not all ask for the same at once."""
    (section, lesson), token = dice.choice(learner.sections), learner.token
    words = dice.choice(SEARCHES).replace(" ", "+")
    report = {"courseId": learner.course, "lessonId": lesson, "sectionId": section, "completed": True, "timeSpent": 1}
    steps: list[tuple[str, str, str, Any]] = [
        ("GET", "/auth/config", "", None),
        ("GET", "/courses", "", None),
        ("GET", f"/courses?search={words}", "/courses?search", None),
        ("GET", f"/courses/{learner.course}", "/courses/{id}", None),
        ("GET", f"/lessons/{lesson}", "/lessons/{id}", None),
        ("POST", "/progress/section", "", report),
        ("POST", "/progress/section", "", report),
        ("GET", "/progress/analytics/dashboard", "", None),
    ]
    first = dice.randrange(len(steps))
    for method, path, route, body in (*steps[first:], *steps[:first]):
        browser.ask(method, path, route=route, token=token, body=body)


def run(url: str, clients: int, seconds: float, act: Callable[[Browser, int], None], *, ramp: float = 0.0) -> Shots:
    """Each client acts again and again until the time is over; an act that has begun is finished. They set out within `ramp` seconds."""
    shots = Shots()
    started = time.monotonic()

    def client(number: int) -> None:
        browser = Browser(url, number, shots)
        time.sleep(ramp * number / clients)
        while time.monotonic() < started + seconds:
            act(browser, number)
        browser.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shots.seconds = time.monotonic() - started
    return shots


def mixed(url: str, learners: Sequence[Learner], *, seconds: float = SECONDS, ramp: float = 0.0) -> Shots:
    dice = [random.Random(number) for number in range(len(learners))]
    return run(url, len(learners), seconds, lambda browser, number: journey(browser, learners[number], dice[number]), ramp=ramp)


GREEDY = 8
"""Connections of the one who asks as fast as they can."""
POLITE = 16
PACE = 1.0
"""Seconds between a polite learner's requests."""


def one_is_greedy(url: str, learners: Sequence[Learner], *, seconds: float) -> Shots:
    """The first learner reports progress over many connections without a pause, others now and then. Clients below GREEDY are the first one's."""

    def act(browser: Browser, number: int) -> None:
        learner = learners[0 if number < GREEDY else number - GREEDY + 1]
        section, lesson = learner.sections[0]
        body = {"courseId": learner.course, "lessonId": lesson, "sectionId": section, "completed": False, "timeSpent": 0}
        browser.ask("POST", "/progress/section", token=learner.token, body=body)
        if number >= GREEDY:
            time.sleep(PACE)

    return run(url, GREEDY + POLITE, seconds, act)
