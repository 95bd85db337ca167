"""What is mutated, and the tests that have to notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """`modules` are glob patterns below layers/academy; `tests` are what runs against each mutant, the quickest first."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    spared: tuple[str, ...] = ()


def _files(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}.py" for name in names)


AREAS = {
    "platform": Area(
        modules=("academy/platform/*",),
        spared=(
            # Tables and a cached logger: declarations that migrations and logs are compared with.
            "academy/platform/orm.py",
            "academy/platform/tables.py",
            "academy/platform/observability.py",
            # How pg8000 is imported shows in a fresh interpreter alone: tests/integration/platform/test_driver.py starts one.
            "academy/platform/db/driver.py",
            # Drawing: compared by the bytes of what is drawn, with the certificates.
            "academy/platform/pdf/*",
        ),
        tests=(
            "tests/unit/platform",
            "tests/unit/test_statement.py",
            "tests/integration/identity/test_tokens.py",
            "tests/integration/platform",
            "tests/failure/test_aws.py",
            "tests/chaos/database/test_sweep.py",
        ),
    ),
    # How somebody proves who they are. Profiles and administration are as many changes again, and hand on what statements and schemas decide;
    # the adapter to Cognito has its proof in the end-to-end tests against a user pool.
    "identity": Area(
        modules=_files("academy/identity", "signing_in", "signing_up", "accounts", "cookies", "operators"),
        tests=(
            *_files(
                "tests/integration/identity",
                "test_refusals",
                "test_sign_up",
                "test_sign_in",
                "test_sessions",
                "test_triggers",
                "test_operators",
            ),
            "tests/unit/identity/test_cognito.py",
        ),
    ),
    "catalog": Area(
        modules=_files("academy/catalog", "service", "jobs"),
        tests=_files(
            "tests/integration/catalog", "test_traces", "test_courses", "test_prerequisites", "test_ratings", "test_review", "test_jobs"
        ),
    ),
    # What writes. The pages that are read are a statement each, whose parameters they hand on: the matrix of who may see what tries them.
    "learning": Area(
        modules=(
            *_files("academy/learning/service", "enrolling", "recording", "offline", "studying", "counting"),
            *_files("academy/learning", "jobs"),
        ),
        tests=(
            "tests/unit/learning/test_record.py",
            *_files(
                "tests/integration/learning",
                "test_enrolling",
                "test_students",
                "test_recording",
                "test_offline",
                "test_time",
                "test_counting",
            ),
        ),
    ),
    "generation": Area(
        modules=_files("academy/generation", "service", "costs", "checks"),
        tests=(
            *_files("tests/unit/generation", "test_costs", "test_checks"),
            *_files("tests/integration/generation", "test_asking", "test_following"),
            "tests/failure/test_aws.py::test_an_uploaded_source_that_can_not_be_read_is_not_called_missing",
        ),
    ),
    "certificates": Area(
        modules=("academy/certificates/service.py", "academy/certificates/serials.py"),
        # How one is drawn has tests of its own, which take long and ask nothing of these two.
        tests=("tests/unit/certificates/test_serials.py", "tests/integration/certificates"),
    ),
    # What decides about money. What books, lists and draws hands on what is decided here; the adapter to Razorpay has its stand-in's tests.
    "payments": Area(
        modules=(
            *_files("academy/payments", "discounts", "signatures", "verification"),
            *_files("academy/payments/books", "gst", "invoices", "ledger"),
            "academy/payments/settlement/decision.py",
            "academy/payments/reversal/decision.py",
            "academy/payments/reconciliation/comparing.py",
        ),
        tests=(
            *_files("tests/unit/payments", "test_ledger", "test_discounts", "test_signatures", "test_comparing", "test_settlement"),
            *_files("tests/unit/payments", "test_reversal_written", "test_gst", "test_invoices"),
            "tests/unit/payments/test_reversal.py::TestOurs",
            *_files(
                "tests/integration/payments",
                "test_verification",
                "test_webhooks",
                "test_rest_of_a_refund",
                "test_reconciliation",
            ),
        ),
    ),
    # Who gets points, places, badges, and how often. What a streak is and what a badge counts is SQL alone.
    "engagement": Area(
        modules=(
            *_files("academy/engagement", "rewarding", "streaks"),
            *_files("academy/engagement/xp", "booking", "deciding"),
            *_files("academy/engagement/boards", "closing", "folding", "periods"),
            "academy/engagement/badges/awarding.py",
        ),
        tests=(
            *_files("tests/unit/engagement", "test_periods", "test_booking", "test_rewarding"),
            *_files(
                "tests/integration/engagement",
                "test_xp",
                "test_xp_rules",
                "test_badges",
                "test_badge_rounds",
                "test_streak_endings",
                "test_boards_closing",
                "test_boards",
            ),
        ),
    ),
}
SPARED_TESTS = ("test_plans", "test_trips", "scram", "test_schema")
"""Words in the names of tests that take long and see nothing that others don't."""
