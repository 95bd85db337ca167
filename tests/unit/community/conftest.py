from collections.abc import Iterator

import pytest

from academy.platform import config as configuration
from infra.local.push.app import create_app
from tests.push import Browsers
from tests.serving import serving


@pytest.fixture(scope="module")
def push_service() -> Iterator[Browsers]:
    with serving(create_app) as url:
        yield Browsers(url)


@pytest.fixture
def browsers(push_service: Browsers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browsers]:
    """A push service that the product may call, and nothing else."""
    push_service.mend()
    monkeypatch.setenv("PUSH_SERVICES", push_service.url)
    configuration.config.cache_clear()
    yield push_service
    configuration.config.cache_clear()
