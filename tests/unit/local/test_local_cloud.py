"""The local cloud's own rules: ports, addresses, what `make env` prints, what a package is made of."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from infra.local import addresses, build
from infra.local.errors import LocalCloudError
from infra.local.package import _Store
from infra.local.processes import require_free
from infra.local.settings import Settings, admin_url
from infra.local.stack import Stack

OUTPUTS = {
    "UserPoolId": "pool", "UserPoolClientId": "client", "UserPoolIssuer": "http://issuer", "BucketName": "bucket", "EventBusName": "bus",
}  # fmt: skip


def test_all_ports_follow_the_first() -> None:
    """Given another PORT, when settings are read, then no port is shared with the academy that runs on the usual one."""
    ports = [
        (s.port, s.aws_port, s.postgres_port, s.google_port, s.vendors_port, s.razorpay_port, s.push_port)
        for s in (_read(), _read(PORT="3100"))
    ]
    assert set(ports[0]).isdisjoint(ports[1])
    assert ports[0] == (3000, 4566, 5433, 4570, 4571, 4572, 4573)


@pytest.mark.parametrize("wrong", [{"PORT": "abc"}, {"PORT": "0"}, {"AWS_PORT": "70000"}, {"LIMITS": "none"}])
def test_a_wrong_setting_is_told_in_a_sentence(wrong: dict[str, str]) -> None:
    with pytest.raises(LocalCloudError, match=next(iter(wrong))):
        _read(**wrong)


def test_the_printed_environment_does_not_turn_the_embedded_server_into_a_foreign_one() -> None:
    """Given a shell that evaluated `make env`, when the academy starts from it, then it starts its own database."""
    assert _read(DATABASE_URL=admin_url(5433)).database_url is None
    assert _read(DATABASE_URL="postgresql://me:secret@db:5432/mine").database_url is not None


def test_functions_and_migrations_are_different_users_on_ones_own_server(tmp_path: Path) -> None:
    settings = _read(DATABASE_URL="postgresql://me:secret@db:5444/mine?sslmode=disable", ACADEMY_HOME=str(tmp_path))
    app, owner = settings.database_url_of("academy_app"), settings.owner_database_url
    assert app.startswith("postgresql://academy_app:")
    assert app.endswith("@db:5444/mine?sslmode=disable")
    assert "secret" not in app
    assert owner.startswith("postgresql://academy_owner:")


def test_the_environment_is_one_a_shell_can_evaluate() -> None:
    *assignments, export = addresses.lines(_read(), Stack("version", OUTPUTS, {})).splitlines()
    values = dict(shlex.split(line)[0].split("=", 1) for line in assignments)
    assert values["API_URL"] == "http://127.0.0.1:3000/api/v1"
    assert export.split() == ["export", *values]


@pytest.mark.parametrize(("name", "folder"), [("CatalogFunction", "catalog"), ("GenerationTasksFunction", "generation_tasks")])
def test_a_function_is_found_by_its_name(name: str, folder: str) -> None:
    assert build.function_folder(name).name == folder


def test_equal_files_make_equal_packages_whenever_they_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploaded: dict[str, bytes] = {}
    monkeypatch.setattr("infra.local.package.client", lambda *_: _Bucket(uploaded))
    store = _Store(_read(ACADEMY_CACHE=str(tmp_path / "cache")))
    keys = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "app.py").write_text("handler = None\n")
        keys.append(store.folder(folder))
    assert keys[0] == keys[1]
    (tmp_path / "second" / "app.py").write_text("handler = 1\n")
    assert store.folder(tmp_path / "second") != keys[0]
    assert len(uploaded) == 2


def test_a_taken_port_is_told_with_the_way_out(unused_port: int) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", unused_port))
        other.listen()
        with pytest.raises(LocalCloudError, match="AWS_PORT=<port>"):
            require_free(unused_port, name="the local AWS", variable="AWS_PORT")


@pytest.fixture
def unused_port() -> int:
    from infra.local.postgres import free_port

    return free_port()


class _Bucket:
    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects = objects

    def head_object(self, **request: Any) -> None:
        from botocore.exceptions import ClientError

        if request["Key"] not in self._objects:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")

    def put_object(self, **request: Any) -> None:
        self._objects[request["Key"]] = request["Body"]


def _read(**environment: str) -> Settings:
    return Settings.read(environment)
