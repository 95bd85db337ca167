"""What is mutated, and the tests that have to notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """`modules` are glob patterns below layers/academy; `tests` are what runs against each mutant, the quickest first."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    spared: tuple[str, ...] = ()


AREAS = {
    "platform": Area(
        modules=("academy/platform/*",),
        spared=("academy/platform/orm.py", "academy/platform/tables.py", "academy/platform/observability.py", "academy/platform/pdf/*"),
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
        modules=tuple(f"academy/identity/{name}.py" for name in ("signing_in", "signing_up", "cookies", "operators")),
        tests=("tests/integration/identity",),
    ),
    "catalog": Area(modules=("academy/catalog/service.py", "academy/catalog/jobs.py"), tests=("tests/integration/catalog",)),
    # What writes. The pages that are read are a statement each, whose parameters they hand on: the matrix of who may see what tries them.
    "learning": Area(
        modules=(
            *(f"academy/learning/service/{name}.py" for name in ("enrolling", "recording", "offline", "studying", "counting")),
            "academy/learning/jobs.py",
        ),
        tests=("tests/unit/learning", "tests/integration/learning"),
    ),
    "generation": Area(
        modules=("academy/generation/service.py", "academy/generation/costs.py", "academy/generation/checks.py"),
        tests=("tests/unit/generation", "tests/integration/generation"),
    ),
    "certificates": Area(
        modules=("academy/certificates/service.py", "academy/certificates/serials.py"),
        # How one is drawn has tests of its own, which take long and ask nothing of these two.
        tests=("tests/unit/certificates/test_serials.py", "tests/integration/certificates"),
    ),
}
SPARED_TESTS = ("test_plans", "test_trips", "test_driver", "test_schema")
"""Words in the names of tests that take long and see nothing that others don't."""
