"""What is full first: each bound, and the number of active learners that fills it."""

from dataclasses import dataclass

from infra.capacity import costs
from infra.capacity import load as loads
from infra.capacity.inputs import Inputs
from infra.capacity.load import Load
from infra.capacity.template import Stack

MANY = 1_000_000
"""Learners at which a share of each is taken: everything grows in proportion."""


@dataclass(frozen=True, slots=True)
class Bound:
    what: str
    now: str
    full_at: int
    """Active learners a month."""
    then: str


def bounds(inputs: Inputs, stack: Stack) -> list[Bound]:
    """The first to fill comes first."""
    usage, quotas = inputs.usage, inputs.quotas
    load = loads.of(MANY, inputs, stack)
    smallest, largest = stack.acus
    connections = loads.max_connections(smallest, largest, inputs) - quotas.reserved_connections
    free = connections - loads.background(stack)
    executions = quotas.lambda_concurrency - stack.reserved
    present = load.peak / _a_session_asks(inputs) if load.peak else 0.0
    sign_ins = present * 0.1 / (usage.class_minutes * 60) + _share(load, load.sign_ins)
    consumed = min(stack.queue_concurrency.values()) * 1000 / inputs.durations.event_ms

    def bound(what: str, now: str, limit: float, used: float, then: str) -> Bound:
        return Bound(what, now, int(limit / used * MANY) if used else MANY * 1000, then)

    return sorted(
        (
            bound("Aurora's largest size", f"{largest:g} ACU", largest, load.acus,
                "`DatabaseMaxCapacity`, up to 256; from half of that on a reader for the catalog and the pages of courses."),
            bound("Connections", f"{connections} ({smallest:g} to {largest:g} ACU)", free, load.connections,
                "`DatabaseMinCapacity` 1 or more lifts the cap of 2,000; from 32 ACU on there are 5,000. Then a proxy, without named statements."),
            bound("Connections while each answer takes a second", f"{connections}", free, load.peak,
                "The same. A slow database is asked by more functions at once; its statement time-out and the alarm on connections come first."),
            bound("Lambda's concurrent executions", f"{quotas.lambda_concurrency} an account, {stack.reserved} reserved", executions,
                load.concurrency, "Ask for more; one account for each stage."),
            bound("The gateway's throttle", f"{stack.throttle} requests/s", stack.throttle, load.peak,
                "`ThrottlingRateLimit` in the template; the account's own is "
                f"{quotas.http_api_requests:,}/s."),
            bound("Sign-ins at Cognito", f"{quotas.cognito_sign_ins}/s", quotas.cognito_sign_ins, sign_ins,
                "Ask for more (it has a price for each); sessions that last longer sign in less often."),
            bound("Refreshes at Cognito", f"{quotas.cognito_refreshes}/s", quotas.cognito_refreshes, _share(load, load.refreshes),
                "Access tokens of 30 minutes instead of 10 ask a third as often: a sign-out elsewhere then shows as late as our own check."),
            bound("Events", f"{quotas.events}/s", quotas.events, _share(load, load.events),
                "Ask for more; several events an entry, or none for sections that nobody listens to."),
            bound("A queue's consumer", f"{consumed:,.0f} events/s", consumed, _share(load, load.events) * costs.QUEUED,
                "`MaximumConcurrency` of the queue, within the connections."),
            bound("Starts of executions", f"{quotas.step_starts}/s", quotas.step_starts, _share(load, load.certificates),
                "Nothing soon: a start that is refused stays in its queue."),
            bound("Mails", f"{quotas.mails}/s", quotas.mails, _share(load, load.mails),
                "Ask for more; the queue keeps what SES refuses, for four days."),
        ),
        key=lambda found: found.full_at,
    )  # fmt: skip


def _share(load: Load, part: float) -> float:
    """Of the busiest minute's requests a second, as many as of the month's."""
    return load.peak * part / load.requests if load.requests else 0.0


def _a_session_asks(inputs: Inputs) -> float:
    """Requests a second of one learner who is there."""
    usage = inputs.usage
    return (usage.reads + usage.writes) / (usage.minutes * 60)
