"""New accounts, their codes, forgotten passwords, and what the user pool tells of it."""

from collections.abc import Callable
from typing import Any

from academy.identity import repository, schemas
from academy.identity.accounts import (
    Account,
    AccountError,
    AccountsUnavailable,
    BadEmail,
    BadPassword,
    EmailInUse,
    SignedUp,
    TooManyAttempts,
    WrongCode,
    accounts,
    from_attributes,
)
from academy.identity.events import UserSignedUp
from academy.identity.signing_in import VENDOR_PAUSE, attempt, fingerprint, remember, unavailable
from academy.platform import limits
from academy.platform.db import DatabaseFailure, UnitOfWork, database
from academy.platform.errors import Conflict, RateLimited, ValidationFailed
from academy.platform.http import Answer, Json, Request, created
from academy.platform.ids import uuid7

FEDERATED = {"google": "Google"}
"""Prefixes of federated user names in the pool, which Cognito writes small, and the providers they stand for."""
TAKEN_EMAIL = ("EMAIL_TAKEN", "There is an account with this e-mail address already. Please sign in.")
TAKEN_USERNAME = ("USERNAME_TAKEN", "This username is taken.")


def sign_up(request: Request, body: schemas.NewAccount) -> Answer:
    """A password account and its row.

    Cognito decides who has an e-mail address, the lock who has a username. The account is made once however often the transaction is tried;
    if the row can't be made after all, the account is taken back. If even that is cut short, the row comes with the first sign-in.
    """
    work = request.work
    work.execute(repository.LOCK_USERNAME, username=body.username)
    taken = work.first(repository.TAKEN, username=body.username, email=body.email)
    if taken is not None and taken.username:
        raise Conflict(*TAKEN_USERNAME)
    if taken is not None and taken.email and "sign up" not in request.done:
        raise Conflict(*TAKEN_EMAIL)
    account = request.once("sign up", lambda: _make_account(body))
    try:
        row = work.first(
            repository.SIGN_UP,
            id=uuid7(),
            sub=account.sub,
            email=body.email,
            confirmed=account.confirmed,
            username=body.username,
            first_name=body.first_name,
            last_name=body.last_name,
            full_name=f"{body.first_name} {body.last_name}",
            role=body.role,
            preferred_study_time=body.preferred_study_time,
        )
    except DatabaseFailure as failure:
        if failure.sqlstate != "23505":
            raise
        accounts().delete(account.sub)
        raise Conflict(*(TAKEN_USERNAME if "username" in failure.constraint else TAKEN_EMAIL)) from failure
    if row is None:
        raise AssertionError("an upsert always returns its row")
    work.emit(UserSignedUp(user_id=row.id, role=body.role))
    request.audit("user.sign_up", "user", row.id, after={"role": body.role})
    message = "Welcome to the academy." if account.confirmed else "We have sent a code to your e-mail address. Please enter it to go on."
    return created(Json(row.json), f"/users/{row.id}/profile", message)


def _make_account(body: schemas.NewAccount) -> SignedUp:
    try:
        return accounts().sign_up(body.email, body.password, first_name=body.first_name, last_name=body.last_name)
    except EmailInUse as error:
        raise Conflict(*TAKEN_EMAIL) from error
    except BadPassword as error:
        raise bad_password("body.password", error) from error
    except BadEmail as error:
        raise ValidationFailed.of("body.email", "Mail can't be sent to this address.", "email") from error
    except TooManyAttempts as error:
        raise RateLimited(VENDOR_PAUSE) from error
    except AccountsUnavailable as error:
        raise unavailable() from error


def bad_password(field: str, error: AccountError) -> ValidationFailed:
    return ValidationFailed.of(field, str(error) or "This password is too weak.", "password")


def confirm(request: Request, body: schemas.Confirmation) -> schemas.ConfirmedView:
    try:
        with attempt(request, f"code {body.email}"):
            accounts().confirm(body.email, body.code)
    except WrongCode as error:
        raise _wrong_code() from error
    except EmailInUse as error:
        raise Conflict(*TAKEN_EMAIL) from error
    return schemas.ConfirmedView(confirmed=True)


def resend(request: Request, email: str) -> schemas.SentView:
    return _send(request, email, accounts().resend_code)


def forgot(request: Request, email: str) -> schemas.SentView:
    return _send(request, email, accounts().forgot_password)


def _send(request: Request, email: str, send: Callable[[str], None]) -> schemas.SentView:
    """A mail with a code; every one counts, as nobody wants a hundred of them. The answer is the same whether there is such an account or not."""
    limits.count(database(), "authentication", f"mail:{fingerprint(email)}:{request.source_ip}")
    try:
        send(email)
    except TooManyAttempts as error:
        raise RateLimited(VENDOR_PAUSE) from error
    except AccountsUnavailable as error:
        raise unavailable() from error
    return schemas.SentView(sent=True)


def reset(request: Request, body: schemas.PasswordReset) -> schemas.ConfirmedView:
    """A new password by the code. The user pool's trigger then ends every sign-in that was made with the old one."""
    try:
        with attempt(request, f"reset {body.email}"):
            accounts().reset_password(body.email, code=body.code, new=body.new_password)
    except WrongCode as error:
        raise _wrong_code() from error
    except BadPassword as error:
        raise bad_password("body.newPassword", error) from error
    return schemas.ConfirmedView(confirmed=True)


def _wrong_code() -> ValidationFailed:
    return ValidationFailed.of("body.code", "The code is wrong or too old.", "code")


def confirmed(work: UnitOfWork, *, attributes: dict[str, Any], after_reset: bool) -> None:
    """PostConfirmation: the row of a person who has proved their address, made or completed. Telling twice changes nothing.

    After a reset of the password all sign-ins end: whoever knew the old password has to know the new one.
    """
    account = from_attributes(attributes)
    remember(work, account)
    if after_reset:
        work.execute(repository.END_ALL_SESSIONS, sub=account.sub)


def link_federated(*, username: str, attributes: dict[str, Any]) -> None:
    """PreSignUp of a guest from another provider: if both sides have verified the same e-mail address, it is the same person.

    One side alone is not enough: an unverified account could have been made by somebody else to wait for its owner, and a provider that has not
    verified an address would let anybody in.
    """
    prefix, _, subject = username.partition("_")
    provider = FEDERATED.get(prefix.lower())
    email = attributes.get("email")
    if provider is None or not subject or not email or str(attributes.get("email_verified")).lower() != "true":
        return
    natives = [account for account in accounts().with_email(str(email)) if _proved(account)]
    if len(natives) == 1:
        accounts().link(provider=provider, subject=subject, username=natives[0].username)


def _proved(account: Account) -> bool:
    return account.native and account.email_verified
