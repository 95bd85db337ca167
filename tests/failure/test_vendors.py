"""Claude and the image model out of reach, silent, throttling, talking nonsense: the real SDKs against sockets, and the course's state machine on it.

Each status and each bad answer has its test in `tests/unit/vendors`, each ordered fault of a whole course in `tests/integration/generation`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from academy.generation import pipeline, sources, steps
from academy.generation.claude import Claude
from academy.generation.contents import Outline
from academy.generation.objects import Bucket, StorageUnavailable
from academy.generation.openai_images import GptImage
from academy.generation.settings import CONNECT_SECONDS
from academy.generation.vendors import GenerationError, VendorRejected, VendorThrottled, VendorTimeout, VendorUnavailable
from academy.platform.db import DatabaseBusy, DatabaseFailure
from tests.failure.sockets import answering, nobody, silence
from tests.failure.ways import HTML
from tests.integration.generation.conftest import Studio, cloud, studio, vendor_server, vendors
from tests.unit.generation import factories

__all__ = ["cloud", "studio", "vendor_server", "vendors"]

PASSAGES = sources.split(factories.SOURCE)


def ask_claude(url: str) -> None:
    claude = Claude(model="claude-sonnet-5-5", api_key="test", timeout=0.3)
    claude._client.base_url = url
    pipeline.plan_outline(claude, factories.brief(), PASSAGES, on_behalf_of="u1", guard=factories.no_limit)


def ask_painter(url: str) -> None:
    painter = GptImage(model="gpt-image-2.5-flare", api_key="test", timeout=0.3)
    painter._client.base_url = f"{url}/v1"
    pipeline.draw_thumbnail(painter, Outline.model_validate(factories.outline()), on_behalf_of="u1")


ASK = [pytest.param(ask_claude, id="claude"), pytest.param(ask_painter, id="images")]
ANSWERS: list[tuple[int, str | dict[str, Any], str, type[GenerationError]]] = [
    (429, {"error": {"type": "rate_limit_error", "message": "slow down"}}, "application/json", VendorThrottled),
    (502, HTML, "text/html", VendorUnavailable),
    (200, HTML, "text/html", VendorUnavailable),
    (200, "{", "application/json", VendorUnavailable),
    (200, "", "application/json", VendorUnavailable),
    (200, {}, "application/json", VendorUnavailable),
    (401, {"error": {"type": "authentication_error", "message": "no"}}, "application/json", VendorRejected),
    (403, HTML, "text/html", VendorRejected),
]


@pytest.mark.parametrize("ask", ASK)
@pytest.mark.parametrize(
    ("status", "body", "kind", "error"),
    ANSWERS,
    ids=["429", "502 HTML", "200 HTML", "cut off", "empty", "another object", "401", "403 HTML"],
)
def test_each_answer_has_its_name_and_is_not_asked_for_twice(
    ask: Callable[[str], None], status: int, body: str | dict[str, Any], kind: str, error: type[GenerationError]
) -> None:
    with answering(status, body, Content_Type=kind) as calls, pytest.raises(error):
        ask(calls.url)
    assert len(calls.seen) == 1, "the state machine tries again, and counts"


@pytest.mark.parametrize("ask", ASK)
def test_a_vendor_that_is_gone_is_unavailable(ask: Callable[[str], None]) -> None:
    with nobody() as port, pytest.raises(VendorUnavailable):
        ask(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("ask", ASK)
def test_a_vendor_that_is_silent_is_out_of_time_once(ask: Callable[[str], None]) -> None:
    with silence() as calls, pytest.raises(VendorTimeout):
        ask(calls.url)
    assert len(calls.seen) == 1


def test_the_sdks_wait_as_long_as_the_product_says() -> None:
    """Their own are ten minutes and two repetitions."""
    for sdk in (Claude(model="m", api_key="k", timeout=7)._client, GptImage(model="m", api_key="k", timeout=7)._client):
        assert (sdk.timeout.connect, sdk.timeout.read, sdk.max_retries) == (CONNECT_SECONDS, 7, 0)  # type: ignore[union-attr]


def test_what_was_paid_is_on_the_bill_although_it_could_not_be_kept(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 fails after the vendor has answered: both calls, the lost one and the one of the next try, are charged; the course is whole."""
    put = Bucket.put
    lost: list[str] = []

    def first_fails(self: Bucket, key: str, data: bytes, **options: Any) -> None:
        if "outline" in key and not lost:
            lost.append(key)
            raise StorageUnavailable("S3 is slow")
        put(self, key, data, **options)

    monkeypatch.setattr(Bucket, "put", first_fails)
    job = studio.ask()

    assert studio.work(job) == "SUCCEEDED"

    assert lost
    asked = len(studio.vendors.calls("claude"))
    assert studio.make.value("select count(*) from generation_charges where settled and model like 'claude%'") == asked
    assert studio.make.value("select count(*) from generation_charges where not settled") == 0


def test_a_busy_database_is_waited_out_by_the_state_machine(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, tries = steps.begin, []

    def busy(*arguments: Any) -> Any:
        tries.append(1)
        if len(tries) < 3:
            raise DatabaseBusy({"C": "53100", "M": "No space left on device"})
        return begin(*arguments)

    monkeypatch.setattr(steps, "begin", busy)
    assert studio.work(studio.ask()) == "SUCCEEDED"
    assert len(tries) == 3
    assert issubclass(DatabaseBusy, DatabaseFailure)


def test_what_a_step_says_is_what_the_state_machine_retries() -> None:
    text = (Path(__file__).parents[2] / "infra" / "statemachines" / "course_generation.asl.json").read_text()
    for error in (DatabaseBusy, StorageUnavailable):
        assert f'"{error.__name__}"' in text
