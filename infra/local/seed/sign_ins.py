"""Accounts that the seeded people sign in with. Their passwords are Cognito's alone."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, Protocol

from infra.local.seed.people import Person
from infra.local.settings import PASSWORD

_AT_ONCE = 8


class SignIns(Protocol):
    @property
    def name(self) -> str:
        """Whose accounts these are: another name means that all have to be made again."""
        ...

    def ensure(self, people: Iterable[Person]) -> dict[str, str]:
        """Make what is missing, and answer with everybody's `sub` by e-mail address."""
        ...


class Cognito:
    """A user pool, entered by its administrator."""

    def __init__(self, client: Callable[[], Any], user_pool_id: str) -> None:
        self._make_client = client
        self._pool = user_pool_id

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    @property
    def name(self) -> str:
        return self._pool

    def ensure(self, people: Iterable[Person]) -> dict[str, str]:
        everybody = list(people)
        _ = self._client  # made once, before the threads ask for it
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            return dict(zip((person.email for person in everybody), threads.map(self._ensure_one, everybody), strict=True))

    def _ensure_one(self, person: Person) -> str:
        try:
            user = self._client.admin_create_user(
                UserPoolId=self._pool,
                Username=person.email,
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": person.email},
                    {"Name": "email_verified", "Value": "true"},
                    {"Name": "given_name", "Value": person.first_name},
                    {"Name": "family_name", "Value": person.last_name},
                    {"Name": "name", "Value": person.full_name},
                ],
            )["User"]
            attributes = user["Attributes"]
        except self._client.exceptions.UsernameExistsException:
            attributes = self._client.admin_get_user(UserPoolId=self._pool, Username=person.email)["UserAttributes"]
        self._client.admin_set_user_password(UserPoolId=self._pool, Username=person.email, Password=PASSWORD, Permanent=True)
        return str(next(attribute["Value"] for attribute in attributes if attribute["Name"] == "sub"))


class NoSignIns:
    """People without accounts, for databases that nobody signs in to."""

    name = "none"

    def ensure(self, people: Iterable[Person]) -> dict[str, str]:
        return {person.email: f"seed-{person.username}" for person in people}
