"""What time sets off. The schedule's input names the task; what a task counted becomes a metric (EMF) by its name."""

from collections.abc import Callable
from typing import Any

from academy.admin import auditor
from academy.catalog import jobs as catalog
from academy.community.email import sending as mails
from academy.community.push import sending as pushes
from academy.engagement import streaks
from academy.engagement.badges import rounds as badges
from academy.engagement.boards import closing as boards
from academy.generation import jobs as generation
from academy.learning import jobs as learning
from academy.platform import housekeeping, outbox
from academy.platform.db import database
from academy.platform.observability import count, logger

TASKS: dict[str, Callable[[], dict[str, Any]]] = {
    "publish_outbox": lambda: {
        "published": outbox.sweep(database()),
        "waiting": outbox.waiting(database()),
        "sealed": housekeeping.seal_audit_log(database()),
    },
    "clean_up": lambda: housekeeping.clean_up(database()),
    "tend_generation": lambda: generation.tend(database()),
    "refresh_search": lambda: catalog.refresh_search(database()),
    "audit": lambda: auditor.audit(database()),
    "check_progress": lambda: learning.check_counters(database()),
    "send_mails": lambda: mails.send_due(database()),
    "send_pushes": lambda: pushes.send_due(database()),
    "award_badges": lambda: badges.award_badges(database()),
    "tell_streaks": lambda: streaks.tell_ending(database()),
    "tend_leaderboards": lambda: boards.tend(database()),
    "close_week": lambda: boards.close(database()),
    "close_month": lambda: boards.close(database()),
}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"task": "publish_outbox"}`. Raises KeyError for a task that does not exist."""
    task = event["task"]
    result = TASKS[task]()
    logger().info("task", extra={"task": task, **result})
    count(task, result)
    return result
