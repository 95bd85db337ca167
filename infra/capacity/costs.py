"""A month's bill, line by line."""

from academy.generation.costs import estimated_job_micros
from academy.generation.settings import IMAGE_MODEL, LESSON_OUTPUT_TOKENS, LESSONS_AT_ONCE, TEXT_MODEL
from infra.capacity.inputs import Inputs
from infra.capacity.load import Load, lambda_ms
from infra.capacity.template import Stack

HOURS = 720
SCHEDULE_SECONDS = 1.0
EMPTY_POLLS = 5 * 30 * 86400 / 20
"""Of one queue a month: Lambda's five pollers, each of which waits for twenty seconds."""
QUEUED = 0.1
"""Of all events are for a consumer's queue."""
CERTIFICATE_STATES, COURSE_STATES = 5, 6
LOG_BYTES = 1500
"""Of a request: a line of the gateway and what the function says."""
TRACED = 0.05
METRICS = 25
ANSWER_KB = 6
MB_PER_COURSE, PUTS_PER_COURSE = 3.0, 20
IO_PER_WRITE, IO_PER_READ = 6, 0.2


def of(load: Load, inputs: Inputs, stack: Stack) -> dict[str, float]:
    prices, usage = inputs.prices, inputs.usage
    queued = load.events * QUEUED + 2 * load.certificates
    gb_seconds = _gb_seconds(load, queued, inputs, stack)
    invocations = load.requests + queued + stack.runs + load.certificates * 4 + load.courses * (usage.lessons + 3)
    smallest = stack.acus[0]
    acu_hours = 30 * (usage.busy_hours * max(smallest, load.busy_acus) + (24 - usage.busy_hours) * max(smallest, load.quiet_acus))
    stored_gb = load.learners * usage.stored_mb / 1000
    media_gb = load.learners * usage.media_mb / 1000
    io = load.writes * IO_PER_WRITE + load.reads * IO_PER_READ
    states = load.certificates * CERTIFICATE_STATES + load.courses * (usage.lessons + COURSE_STATES)
    model = estimated_job_micros(
        TEXT_MODEL, IMAGE_MODEL, lesson_count=usage.lessons, at_once=LESSONS_AT_ONCE,
        prompt_characters=usage.prompt_characters, lesson_tokens=LESSON_OUTPUT_TOKENS,
    )  # fmt: skip
    return {
        "Lambda": gb_seconds * prices.lambda_gb_second + invocations * prices.lambda_request,
        "HTTP API": load.requests * prices.http_api_request,
        "Aurora": acu_hours * prices.aurora_acu_hour + stored_gb * prices.aurora_gb_month + io / 1e6 * prices.aurora_million_io,
        "NAT gateway": HOURS * prices.nat_hour + load.requests * 2e-6 * prices.nat_gb,
        "EventBridge, SQS": load.events * prices.event + (len(stack.queue_concurrency) * EMPTY_POLLS + 3 * queued) * prices.queue_request,
        "Step Functions": states * prices.step_transition,
        "S3": (media_gb / 10 + load.courses * MB_PER_COURSE / 1000) * prices.s3_gb_month
        + (load.certificates + load.courses * PUTS_PER_COURSE) * prices.s3_put + load.certificates * prices.s3_get,
        "CloudFront": (media_gb + load.requests * ANSWER_KB / 1e6) * prices.cdn_gb + load.requests * prices.cdn_request,
        "Cognito": max(0, load.learners - prices.cognito_free_users) * prices.cognito_user,
        "SES": load.mails * prices.mail,
        "CloudWatch, X-Ray": load.requests * LOG_BYTES / 1e9 * prices.logs_gb
        + stack.alarms * prices.alarm + METRICS * prices.metric + load.requests * TRACED * prices.trace + stack.secrets * prices.secret,
        "Models (Claude, images)": load.courses * model / 1e6,
    }  # fmt: skip


def _gb_seconds(load: Load, queued: float, inputs: Inputs, stack: Stack) -> float:
    usage, durations = inputs.usage, inputs.durations

    def used(name: str, count: float, ms: float, work: float) -> float:
        function = stack.function(name)
        return count * lambda_ms(ms, work, function) / 1000 * function.memory_mb / 1024

    return (
        used("Catalog", load.reads + load.sign_ins + load.refreshes, durations.read_ms, durations.python_ms)
        + used("Learning", load.writes, durations.write_ms, durations.python_ms)
        + used("Events", queued, durations.event_ms, durations.python_ms)
        + used("DocumentTasks", load.certificates, durations.certificate_ms, durations.certificate_ms)
        + stack.runs * SCHEDULE_SECONDS * stack.function("Schedules").memory_mb / 1024
        # It waits for the model: a slower core makes it no longer.
        + load.courses * (usage.lessons + 1) * durations.lesson_s * stack.function("GenerationTasks").memory_mb / 1024
    )
