"""docs/capacity.md."""

from collections.abc import Collection, Iterable, Sequence

from academy.generation.settings import TEXT_MODEL
from academy.platform.housekeeping import SEAL_BATCH
from academy.platform.limits import ADDRESS_FACTOR, PRODUCTION
from infra.capacity import costs, limits
from infra.capacity import load as loads
from infra.capacity.inputs import Inputs
from infra.capacity.template import Stack

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ACUS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256)
PARTS = (
    ("requests a month", "requests", "{:,.0f}"),
    ("requests/s, busiest minute", "peak", "{:,.1f}"),
    ("functions at work", "concurrency", "{:,.2f}"),
    ("connections", "connections", "{:,.0f}"),
    ("ACU, busiest minute", "acus", "{:,.2f}"),
    ("events a month", "events", "{:,.0f}"),
    ("certificates a month", "certificates", "{:,.0f}"),
    ("courses written a month", "courses", "{:,.0f}"),
)


def page(inputs: Inputs, stack: Stack) -> str:
    sections = [
        _head(inputs),
        _usage(inputs),
        _load(inputs, stack),
        _first(inputs, stack),
        _connections(inputs, stack),
        _costs(inputs, stack),
    ]
    return "\n\n".join(sections) + "\n"


def table(head: Sequence[str], rows: Iterable[Iterable[object]], *, right: Collection[int] | None = None) -> str:
    """Columns of `right` hold numbers; without it all but the first do."""
    numbers = range(1, len(head)) if right is None else right
    rule = ["---:" if column in numbers else "---" for column in range(len(head))]
    lines = [list(head), rule, *[[str(cell) for cell in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(inputs: Inputs) -> str:
    prices, durations, quotas = inputs.prices, inputs.durations, inputs.quotas
    doubts = [name for name, checked in (("prices", prices.verified), ("quotas", quotas.verified)) if not checked]
    return f"""# What it carries, and what it costs

Written by `make capacity` from `template.yaml` (production, `samconfig.toml`) and the tables in `infra/capacity/`: the use of one learner
(`usage.toml`), durations of `make bench` ({durations.taken}), prices of {prices.region} ({prices.date}) and AWS's quotas ({quotas.date}).
Change a number there and run it again; CI fails where this page is not what they say.

**Assumptions, to be verified before money depends on them: {" and ".join(doubts) or "none"}.** The use of one learner is a guess until there are some."""


def _usage(inputs: Inputs) -> str:
    usage = inputs.usage
    return f"""## One active learner's month

{usage.sessions:g} sessions of {usage.minutes:g} minutes, each {usage.reads:g} requests that read and {usage.writes:g} that write;
{usage.sign_ins:g} sign-ins, a new access token every {loads.TOKEN_MINUTES} minutes; {usage.mails:g} mails;
{usage.courses_completed:g} courses completed, each with a certificate; {usage.media_mb:g} MB from the CDN.
For 1,000 learners {usage.courses_generated:g} courses of {usage.lessons} lessons are written.
{usage.busy_share:.0%} of it happens in {usage.busy_hours:g} hours of the day, and the busiest minute is {usage.burst:g} times as busy as those."""


def _load(inputs: Inputs, stack: Stack) -> str:
    found = [loads.of(size, inputs, stack) for size in SIZES]
    rows = [[title, *(form.format(getattr(load, name)) for load in found)] for title, name, form in PARTS]
    reserved = ", ".join(f"{function.name} {function.reserved}" for function in stack.functions if function.reserved)
    return f"""## What that asks of the parts

{table(["active learners", *(f"{size:,}" for size in SIZES)], rows)}

Connections: each execution environment holds one, and {inputs.usage.warm:g} are warm for each that works (one at least of every function in use).
{loads.background(stack)} more belong to what nobody waits for (reserved concurrency of {reserved})."""


def _first(inputs: Inputs, stack: Stack) -> str:
    general = PRODUCTION["general"]
    hits = general.hits * ADDRESS_FACTOR
    rows = [(bound.what, bound.now, _about(bound.full_at), bound.then) for bound in limits.bounds(inputs, stack)]
    found = table(["what", "as it is", "full at (active learners)", "what to change then"], rows, right=(2,))
    return f"""## What is full first

{found}

What does not grow with the number of learners:

- **Rate counters.** Each request writes its user's row, or its address's where nobody is signed in. One address may so ask {hits:,} times in
  {general.seconds // 60} minutes, {hits / general.seconds:.0f} a second, which a single row takes easily.
- **Routes.** {stack.routes} of the {inputs.quotas.http_api_routes} that an HTTP API may have. What does not fit one day goes below a greedy path
  (docs/decisions/0006).
- **Sweeps.** The outbox is emptied by the requests themselves and swept every minute; the audit log is sealed {SEAL_BATCH:,} rows at a time, each minute."""


def _connections(inputs: Inputs, stack: Stack) -> str:
    quotas, taken = inputs.quotas, loads.background(stack)
    load = loads.of(limits.MANY, inputs, stack)
    rows = []
    for acu in ACUS:
        paused, awake = (loads.max_connections(smallest, acu, inputs) for smallest in (0.5, 1))
        free = max(0, awake - quotas.reserved_connections - taken)
        through = max(0, int((awake - quotas.reserved_connections) * quotas.proxy_share) - taken)
        one_each, shared = free / load.connections * limits.MANY, through / load.concurrency * limits.MANY
        rows.append((f"{acu:g}", f"{paused:,}", f"{awake:,}", f"{free:,}", _about(one_each), _about(shared)))
    head = [
        "largest ACU",
        "smallest 0 or 0.5",
        "smallest 1 or more",
        "left for the API",
        "learners, one an environment",
        "learners, shared by a proxy",
    ]
    return f"""## Connections

`max_connections` follows the largest size, and is never more than {quotas.small_minimum_connections:,} while the smallest is below 1 ACU
(a change takes effect with a restart). {quotas.reserved_connections} are the server's own, {taken} the background's;
{inputs.usage.warm:g} environments are warm for each at work.

{table(head, rows)}

Connections are no bound while answers take milliseconds: the processors are full long before. They are one when the database is slow, as the table above says.
The last column is what RDS Proxy would make of it if it lent a connection for each transaction. As it is it would not: statements stay prepared
on the connection (docs/decisions/0004), which pins it, and a proxy keeps the cluster from pausing. So there is none."""


def _costs(inputs: Inputs, stack: Stack) -> str:
    found = {size: costs.of(loads.of(size, inputs, stack), inputs, stack) for size in SIZES}
    rows = [[name, *(f"{bill[name] / size * 1000:,.2f}" for size, bill in found.items())] for name in found[SIZES[0]]]
    rows.append(["**for 1,000 learners**", *(f"**{sum(bill.values()) / size * 1000:,.2f}**" for size, bill in found.items())])
    rows.append(["in all", *(f"{sum(bill.values()):,.0f}" for bill in found.values())])
    smallest, largest = stack.acus
    return f"""## What it costs

US dollars for 1,000 active learners and month, by the number of active learners. Aurora between {smallest:g} and {largest:g} ACU (what needs
more is counted as if it were allowed); lessons written by {TEXT_MODEL}, as the product itself estimates a job.

{table(["", *(f"{size:,}" for size in SIZES)], rows)}

What is there before the first learner comes (the smallest Aurora, the NAT gateway, alarms, polling) weighs on the first thousands;
beyond them users (Cognito), traffic and the models do."""


def _about(count: float) -> str:
    """Three figures say as much as the assumptions do."""
    return f"{float(f'{count:.3g}'):,.0f}"
