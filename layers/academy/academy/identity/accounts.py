"""The vendor that keeps passwords and signs tokens, as the academy sees it. One adapter: `identity.cognito`.

A wrong password and an unknown account are one error, `WrongCredentials`: whoever asks cannot tell them apart.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gives. `expires_in` in seconds, of the access token. `refresh` is None where the vendor kept the old one."""

    access: str
    identity: str
    expires_in: int
    refresh: str | None


@dataclass(frozen=True, slots=True)
class Challenge:
    """The password was right; a second factor is asked for. `kind` is TOTP, SMS or EMAIL."""

    kind: str
    session: str


@dataclass(frozen=True, slots=True)
class Account:
    """A person, as the vendor knows them. `native`: has a password of its own (and is confirmed), not a guest from another provider.

    `username` is the vendor's name for the account. Neither is told where the vendor was not asked for the account itself.
    """

    sub: str
    username: str = ""
    email: str | None = None
    email_verified: bool = False
    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    native: bool = False


@dataclass(frozen=True, slots=True)
class SignedUp:
    """`confirmed`: no code has to be entered."""

    sub: str
    confirmed: bool


class AccountError(Exception):
    """The root of what an account can refuse."""


class WrongCredentials(AccountError):
    """Password, code or token is wrong, spent or of nobody."""


class NotConfirmed(AccountError):
    """Signed up, but the code from the e-mail was never entered."""


class ResetRequired(AccountError):
    """The password may no longer be used; a new one has to be set."""


class EmailInUse(AccountError):
    """Another account has this e-mail address."""


class BadPassword(AccountError):
    """The new password breaks the rules; the message says which."""


class BadEmail(AccountError):
    """Not an address, or one that cannot be changed here (it is kept by Google)."""


class WrongCode(AccountError):
    """The code from the e-mail is wrong or too old."""


class TooManyAttempts(AccountError):
    """The vendor's own brake."""


class AccountsUnavailable(AccountError):
    """The vendor does not answer."""


class Accounts(Protocol):
    """Every method may raise TooManyAttempts and AccountsUnavailable."""

    def sign_up(self, email: str, password: str, *, first_name: str, last_name: str) -> SignedUp:
        """Raises EmailInUse, BadPassword, BadEmail."""

    def delete(self, sub: str) -> None:
        """Take a sign-up back. Absent already is fine."""

    def confirm(self, email: str, code: str) -> None:
        """Enter the code of a sign-up. Raises WrongCode (also for an unknown account)."""

    def resend_code(self, email: str) -> None:
        """Send the code again; says nothing about whether there is such an account."""

    def sign_in(self, email: str, password: str) -> Tokens | Challenge:
        """Raises WrongCredentials, NotConfirmed, ResetRequired."""

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        """Authorization code for tokens (RFC 6749 4.1.3, RFC 7636). Raises WrongCredentials."""

    def refresh(self, token: str) -> Tokens:
        """New tokens, and a new refresh token in place of the old. Raises WrongCredentials."""

    def revoke(self, token: str) -> None:
        """End a refresh token and all that came of it. One that is ended already is fine."""

    def sign_out_everywhere(self, access_token: str) -> None:
        """End every refresh token of the token's owner."""

    def change_password(self, access_token: str, *, current: str, new: str) -> None:
        """Raises WrongCredentials, BadPassword."""

    def forgot_password(self, email: str) -> None:
        """Send a code; says nothing about whether there is such an account."""

    def reset_password(self, email: str, *, code: str, new: str) -> None:
        """Raises WrongCode, BadPassword."""

    def change_email(self, access_token: str, email: str) -> bool:
        """True: it holds at once. False: a code went to the new address. Raises EmailInUse, BadEmail, WrongCredentials."""

    def confirm_email(self, access_token: str, code: str) -> None:
        """Enter the code of a changed address. Raises WrongCode, EmailInUse, WrongCredentials."""

    def find(self, sub: str) -> Account | None:
        """The account with this `sub`."""

    def with_email(self, email: str) -> list[Account]:
        """The accounts with this address."""

    def link(self, *, provider: str, subject: str, username: str) -> None:
        """From now on a sign-in as `subject` at `provider` is one of the native account `username`."""


def from_attributes(attributes: dict[str, Any]) -> Account:
    """From the pool's attributes or an id token's claims: both use OpenID Connect's names."""
    return Account(
        sub=str(attributes["sub"]),
        email=attributes.get("email") or None,
        # A string among attributes, a boolean among claims.
        email_verified=str(attributes.get("email_verified")).lower() == "true",
        first_name=attributes.get("given_name") or None,
        last_name=attributes.get("family_name") or None,
        full_name=attributes.get("name") or None,
    )


def account_of(tokens: Tokens) -> Account:
    """Whom the id token names. Its signature needs no check: it came from the vendor itself over TLS (OpenID Connect Core, 3.1.3.7, 6)."""
    from jose import jwt

    return from_attributes(jwt.get_unverified_claims(tokens.identity))


@cache
def accounts() -> Accounts:
    """The process's accounts, from the configuration."""
    from academy.identity.cognito import CognitoAccounts

    return CognitoAccounts()
