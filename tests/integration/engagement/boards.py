"""A ledger to fold: rows as booking writes them, on any day, without the events that they would come from."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from academy.engagement.boards.closing import close
from academy.engagement.boards.folding import fold
from academy.engagement.xp.models import Xp, XpPending
from academy.platform.db import Database
from academy.platform.ids import uuid7
from tests.api import Client, Reply
from tests.factories import Factory

ZONE = "Asia/Kolkata"


class Ledger:
    """Learners, a course, and what they earned in it."""

    def __init__(self, make: Factory, db: Database) -> None:
        self.make, self.db = make, db
        self.teacher = make.user("instructor")
        self.course = make.course(self.teacher)
        self.today: date = make.value(f"select (now() at time zone '{ZONE}')::date")
        self._clock = datetime.now(UTC)

    @property
    def last_week(self) -> date:
        """The Sunday before last: a week that is over also in the first minutes of a Monday."""
        return self.today - timedelta(days=self.today.isoweekday() + 7)

    @property
    def last_month(self) -> date:
        """The last day of the month before last, for the same reason."""
        return (self.today.replace(day=1) - timedelta(days=1)).replace(day=1) - timedelta(days=1)

    def award(self, user: dict[str, Any], points: int, *, day: date | None = None, **values: Any) -> dict[str, Any]:
        """Booked and waiting to be folded in; a second later than the one before."""
        self._clock += timedelta(seconds=1)
        row = {
            "id": uuid7(),
            "user_id": user["id"],
            "kind": "lesson_complete" if points > 0 else "reversal",
            "points": points,
            "domain": "engineering",
            "course_id": self.course["id"],
            "rule_version": 1,
            "day": day or self.today,
            "earned_at": self._clock,
            "booked_at": self._clock,
            **values,
        }
        self.make.row(Xp, **{"source": str(row["id"]), **row})
        pending = ("user_id", "domain", "course_id", "day", "points", "booked_at")
        self.make.row(XpPending, xp_id=row["id"], **{name: row[name] for name in pending})
        return row

    def learners(self, *points: int, day: date | None = None) -> list[dict[str, Any]]:
        """Somebody with each of these points, folded in."""
        users = [self.make.user() for _ in points]
        for user, each in zip(users, points, strict=True):
            if each:
                self.award(user, each, day=day)
        self.fold()
        return users

    def fold(self) -> int:
        return fold(self.db)

    def close(self) -> dict[str, int]:
        return close(self.db)

    def set(self, user: dict[str, Any], **values: Any) -> None:
        columns = ", ".join(f"{name} = :{name}" for name in values)
        self.make.execute(f"update users set {columns} where id = :id", id=user["id"], **values)


class Hall(Ledger):
    """Where the boards of it are read."""

    def __init__(self, make: Factory, client: Client, db: Database) -> None:
        super().__init__(make, db)
        self.client = client

    def board(self, *, reader: Any = None, **query: Any) -> Reply:
        return self.client.get("/leaderboard", user=reader or self.teacher, query=query)

    def ranks(self, **query: Any) -> list[tuple[int, str, int]]:
        reply = self.board(**query)
        assert reply.status == 200, reply.text
        return [(row["rank"], row["user"]["name"], row["points"]) for row in reply.data]

    def me(self, user: dict[str, Any], **query: Any) -> Any:
        reply = self.client.get("/leaderboard/me", user=user, query=query)
        assert reply.status == 200, reply.text
        return reply.data
