"""The product's adapters, pointed at the stand-ins."""

from collections.abc import Iterator

import pytest

from academy.generation.claude import Claude
from academy.generation.openai_images import GptImage
from tests.vendors import Vendors, running_vendors


@pytest.fixture(scope="session")
def server() -> Iterator[Vendors]:
    with running_vendors() as running:
        yield running


@pytest.fixture
def vendors(server: Vendors) -> Vendors:
    server.forget()
    return server


@pytest.fixture
def claude(vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> Claude:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", vendors.url)
    return Claude(model="claude-sonnet-5-5", api_key="test", timeout=3)


@pytest.fixture
def painter(vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> GptImage:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{vendors.url}/v1")
    return GptImage(model="gpt-image-2.5-flare", api_key="test", timeout=3)
