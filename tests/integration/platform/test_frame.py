"""The frame on its smallest routes."""

from tests.api import Client


def test_health_needs_nobody(client: Client) -> None:
    reply = client.get("/health")

    assert reply.status == 200
    assert reply.data["status"] == "ok"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["X-Request-Id"]


def test_an_unknown_address_is_told_in_the_contracts_shape(client: Client) -> None:
    reply = client.get("/nothing/here")

    assert reply.status == 404
    assert reply.code == "ROUTE_NOT_FOUND"
    assert reply.json["requestId"] == reply.headers["X-Request-Id"]


def test_a_known_address_with_another_method_is_405(client: Client) -> None:
    reply = client.delete("/health")

    assert reply.status == 405
    assert reply.headers["Allow"] == "GET"


def test_older_clients_base_path_answers_too(client: Client) -> None:
    assert client.get("/api/health").status == 200


def test_an_address_of_its_own_is_no_value_of_a_parameter(client: Client) -> None:
    """`/progress/{user_id}` is read; `/progress/section` is only written to, and nobody's id."""
    reply = client.get("/progress/section")

    assert reply.status == 405
    assert reply.headers["Allow"] == "POST"
    assert client.put("/progress/section", {}).headers["Allow"] == "POST"
