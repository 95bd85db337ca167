"""In and out: hosted sign-in, password sign-in, renewal, sign-out, and who is signed in."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlencode

from academy.identity import cookies, repository, schemas
from academy.identity.accounts import (
    Account,
    AccountError,
    AccountsUnavailable,
    Challenge,
    NotConfirmed,
    ResetRequired,
    Tokens,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
    account_of,
    accounts,
)
from academy.platform import limits
from academy.platform.auth.tokens import Claims, verifier
from academy.platform.config import config
from academy.platform.db import UnitOfWork, database
from academy.platform.errors import Forbidden, RateLimited, Unauthenticated, Unavailable, ValidationFailed
from academy.platform.http import Answer, Json, Request, no_content, ok
from academy.platform.ids import uuid7
from academy.platform.observability import logger

SCOPES = ("openid", "email", "profile")
PROVIDERS = ("Google", "Email")
VENDOR_PAUSE = 900
"""Seconds to wait when the vendor's own brake is on; it does not say how long that will be."""
NOBODY = json.dumps({"authenticated": False, "user": None, "onboardingRequired": False, "permissions": []})


def unavailable() -> Unavailable:
    return Unavailable("Signing in is not possible right now. Please try again in a few seconds.")


def client_config() -> schemas.AuthConfigView:
    known = config()
    return schemas.AuthConfigView(
        region=known.region,
        user_pool_id=known.user_pool_id,
        client_id=known.user_pool_client_id,
        domain=known.user_pool_domain_url,
        login_url=f"{known.public_url}/api/v1/auth/login",
        providers=list(PROVIDERS),
        scopes=list(SCOPES),
        redirect_uris=list(known.redirect_uris),
    )


def login_url(query: schemas.LoginQuery) -> str:
    """Google by the hosted page: authorization code with PKCE."""
    _check_redirect(query.redirect_uri, "query.redirectUri")
    parameters = {
        "response_type": "code",
        "client_id": config().user_pool_client_id,
        "redirect_uri": query.redirect_uri,
        "state": query.state,
        "scope": " ".join(SCOPES),
        "code_challenge": query.code_challenge,
        "code_challenge_method": "S256",
        "identity_provider": "Google",
    }
    return f"{config().user_pool_domain_url}/oauth2/authorize?{urlencode(parameters)}"


def exchange_code(request: Request, body: schemas.CodeExchange) -> Answer:
    _check_redirect(body.redirect_uri, "body.redirectUri")

    def redeem() -> Tokens:
        try:
            return accounts().exchange(body.code, verifier=body.code_verifier, redirect_uri=body.redirect_uri)
        except WrongCredentials as error:
            raise Unauthenticated("This sign-in could not be completed. Please sign in again.") from error
        except AccountsUnavailable as error:
            raise unavailable() from error

    return enter(request, request.once("exchange", redeem))


def sign_in(request: Request, body: schemas.Credentials) -> Answer:
    result = request.once("sign in", lambda: check_password(request, body.email, body.password))
    if isinstance(result, Challenge):
        return ok(Json(json.dumps({"challenge": result.kind, "session": result.session})))
    return enter(request, result)


def check_password(request: Request, email: str, password: str) -> Tokens | Challenge:
    """Ask the vendor, counting failures.

    The attempt is counted before and given back after a success, so that attempts made at the same time don't pass the limit together.
    Nothing here depends on whether there is such an account: the database isn't asked before the vendor has said yes.
    """
    try:
        with attempt(request, email):
            return accounts().sign_in(email.lower(), password)
    except WrongCredentials as error:
        raise Unauthenticated("E-mail address or password is wrong.") from error
    except NotConfirmed as error:
        raise Forbidden("Please enter the code that we have sent you by e-mail first.", code="EMAIL_NOT_CONFIRMED") from error
    except ResetRequired as error:
        raise Forbidden("Please set a new password.", code="PASSWORD_RESET_REQUIRED") from error


@contextmanager
def attempt(request: Request, account: str) -> Iterator[None]:
    """One attempt to prove who one is, counted for the account and the address; given back unless the vendor says that the proof is wrong.

    Raises RateLimited (before anything is tried), Unavailable. To be used before the unit of work's first statement: it counts on the same
    connection, and what was counted has to stay when the transaction is rolled back.
    """
    bucket = f"{fingerprint(account)}:{request.source_ip}"
    limits.count(database(), "authentication", bucket)
    try:
        yield
    except (WrongCredentials, WrongCode):
        raise
    except BaseException as error:
        _give_back(bucket)
        if isinstance(error, TooManyAttempts):
            raise RateLimited(VENDOR_PAUSE) from error
        if isinstance(error, AccountsUnavailable):
            raise unavailable() from error
        raise
    _give_back(bucket)


def _give_back(bucket: str) -> None:
    # Others may be over the limit at this moment; that is not this attempt's fault.
    with suppress(RateLimited):
        limits.count(database(), "authentication", bucket, hits=-1)


def fingerprint(account: str) -> str:
    """For a counter's name, which is no place for personal data."""
    return hashlib.sha256(account.lower().encode()).hexdigest()


def renew(request: Request) -> Answer:
    token = cookies.sent(request)
    if token is None:
        raise Unauthenticated
    return enter(request, request.once("renew", lambda: _renewed(token)))


def _renewed(token: str) -> Tokens:
    try:
        return accounts().refresh(token)
    except WrongCredentials as error:
        raise Unauthenticated("This sign-in has ended. Please sign in again.") from error
    except AccountError as error:
        raise unavailable() from error


def enter(request: Request, tokens: Tokens) -> Answer:
    """The answer to a successful sign-in or renewal. Raises Unauthenticated for an ended session, Forbidden for a suspended user."""
    claims = verifier().verify(tokens.access)
    user, onboarded, permissions = _remembered(request, claims, account_of(tokens))
    body = (
        f'{{"accessToken":{json.dumps(tokens.access)},"idToken":{json.dumps(tokens.identity)},"expiresIn":{tokens.expires_in},'
        f'"user":{user},"onboardingRequired":{json.dumps(not onboarded)},"permissions":{permissions}}}'
    )
    answer = ok(Json(body))
    if tokens.refresh is not None:
        answer.cookies = cookies.keep(tokens.refresh)
    return answer


def _remembered(request: Request, claims: Claims, account: Account) -> tuple[str, bool, str]:
    if account.sub != claims.sub:
        raise Unauthenticated
    row = request.work.first(
        repository.ENTER,
        id=uuid7(),
        sub=claims.sub,
        email=account.email,
        email_verified=account.email_verified,
        first_name=account.first_name,
        last_name=account.last_name,
        full_name=account.full_name,
        session_id=claims.session_id,
        user_agent=request.headers.get("user-agent", "")[:200],
        auth_time=claims.auth_time,
    )
    if row is None or row.ended:
        raise Unauthenticated("This sign-in has ended. Please sign in again.")
    if row.status == "suspended":
        raise Forbidden("Your account is suspended. Please write to the academy's support.", code="ACCOUNT_SUSPENDED")
    return row.json, row.onboarded, row.permissions


def sign_out(request: Request) -> Answer:
    """End this sign-in: its access tokens are refused from now on, its refresh token too. Without a sign-in there is nothing to do."""
    token, last = cookies.sent(request), None
    if request.visitor is not None:
        request.work.execute(repository.END_SESSION, session_id=request.visitor.session_id, user_id=request.visitor.id)
        request.audit("session.end", "user", request.visitor.id)
    elif token is not None:
        # The access token has run out, and nothing but a renewal says which sign-in this is.
        last = request.once("last renewal", lambda: _last_renewal(token))
        if last is not None:
            claims = verifier().verify(last.access)
            request.work.execute(repository.END_SESSION_OF_SUB, session_id=claims.session_id, sub=claims.sub)
    if token is not None:
        ended = last.refresh if last is not None and last.refresh else token
        request.work.after_commit.append(lambda: _revoke(ended))
    answer = no_content()
    answer.cookies = cookies.drop()
    return answer


def _last_renewal(token: str) -> Tokens | None:
    try:
        return accounts().refresh(token)
    except AccountError:
        return None


def _revoke(token: str) -> None:
    try:
        accounts().revoke(token)
    except AccountError:
        # The session's row is what counts: admission and renewal refuse it from now on.
        logger().warning("refresh token not revoked")


def check(request: Request) -> Answer:
    """Who is signed in; asks the vendor for a name if a token came before any sign-in of ours."""
    visitor = request.visitor
    if visitor is None:
        return ok(Json(NOBODY))
    row = request.work.first(repository.LOOK, id=visitor.id)
    if row is not None and row.nameless:
        _introduce(request, visitor.sub)
        row = request.work.first(repository.LOOK, id=visitor.id)
    if row is None:
        raise Unauthenticated
    return ok(
        Json(
            f'{{"authenticated":true,"user":{row.json},"onboardingRequired":{json.dumps(not row.onboarded)},"permissions":{row.permissions}}}'
        )
    )


def _introduce(request: Request, sub: str) -> None:
    with suppress(AccountError):
        account = accounts().find(sub)
        if account is not None:
            remember(request.work, account)


def remember(work: UnitOfWork, account: Account) -> None:
    work.execute(
        repository.REMEMBER,
        id=uuid7(),
        sub=account.sub,
        email=account.email,
        email_verified=account.email_verified,
        first_name=account.first_name,
        last_name=account.last_name,
        full_name=account.full_name,
    )


def _check_redirect(address: str, field: str) -> None:
    """To the letter: anything looser is an open redirect."""
    if address not in config().redirect_uris:
        raise ValidationFailed.of(field, "This address is not one that a sign-in may lead back to.", "redirect_uri")
