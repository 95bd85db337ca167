"""One's own profile: onboarding, names, address, password, preferences."""

import json
import re
import secrets

from academy.identity import cookies, profile_repository, repository, schemas
from academy.identity.accounts import (
    AccountError,
    AccountsUnavailable,
    BadEmail,
    BadPassword,
    EmailInUse,
    Tokens,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
    accounts,
)
from academy.identity.events import UserOnboarded, UserPrivacyChanged
from academy.identity.signing_in import VENDOR_PAUSE, attempt, unavailable
from academy.identity.signing_up import TAKEN_EMAIL, TAKEN_USERNAME, bad_password
from academy.platform.auth.tokens import verifier
from academy.platform.db import DatabaseFailure, Row, database
from academy.platform.errors import Conflict, PreconditionFailed, RateLimited, RuleBroken, Unauthenticated, ValidationFailed
from academy.platform.http import Answer, Json, Request, ok

SUGGESTIONS = 3
TAKEN_PSEUDONYM = ("PSEUDONYM_TAKEN", "Somebody has this name, or one that differs only in upper and lower case.")


def onboard(request: Request, body: schemas.Onboarding) -> Answer:
    """Once. An admin who has been made one before stays one."""
    row = request.work.first(
        profile_repository.ONBOARD,
        id=request.caller.id,
        full_name=body.full_name,
        role=body.role,
        domain=body.domain,
        branch=body.branch,
        year=body.year,
    )
    if row is None or not row.known:
        raise ValidationFailed.of("body.domain", "There is no such domain. GET /domains lists them.", "domain")
    if row.id is None:
        raise Conflict("ALREADY_ONBOARDED", "You have told us about yourself already. Your profile can be changed at any time.")
    request.work.emit(UserOnboarded(user_id=row.id, role=row.role, domain=body.domain))
    request.audit("user.onboard", "user", row.id, after={"role": row.role, "domain": body.domain})
    return ok(Json(row.json), version=row.version)


def update(request: Request, body: schemas.ProfileUpdate) -> Answer:
    """Everything that can be refused is looked at before the password is changed, which no rollback takes back.

    A wrong current password counts as a failed sign-in does, so that a stolen token is no way to guess it.
    """
    if "password" not in request.done:
        _refuse_clashes(request, body)
    tokens = request.once("password", lambda: _change_password(request, body)) if body.new_password is not None else None
    row = _write(request, body)
    data, version = row.json, row.version
    extra: dict[str, object] = {}
    if body.email is not None and body.email != row.email:
        email = body.email
        if request.once("e-mail", lambda: _change_email(request, email)):
            changed = request.work.first(profile_repository.SET_EMAIL, id=request.caller.id, email=email, verified=False)
            data, version = (changed.json, changed.version) if changed is not None else (data, version)
        else:
            extra["emailPending"] = True
    if body.new_password is not None:
        _restart_sessions(request, tokens)
    if tokens is not None:
        extra |= {"accessToken": tokens.access, "idToken": tokens.identity, "expiresIn": tokens.expires_in}
    if body.date_of_birth is not None:
        request.work.emit(UserPrivacyChanged(user_id=request.caller.id))
    fields = sorted(name for name in body.model_fields_set if name != "current_password")
    request.audit("user.update", "user", request.caller.id, after={"changed": fields})
    message = "We have sent a code to the new address. It holds once you have entered the code." if "emailPending" in extra else None
    answer = ok(Json(f"{data[:-1]},{json.dumps(extra)[1:]}" if extra else data), message, version=version)
    if tokens is not None and tokens.refresh is not None:
        answer.cookies = cookies.keep(tokens.refresh)
    return answer


def _refuse_clashes(request: Request, body: schemas.ProfileUpdate) -> None:
    """Outside of the transaction, which must not have begun when attempts are counted. The indexes have the last word."""
    me, version = request.caller.id, request.if_match
    clash = database().read(
        lambda work: work.first(
            profile_repository.CLASHES, email=body.email, username=body.username, time_zone=body.time_zone, version=version, id=me
        )
    )
    if clash is None or clash.stale:
        raise PreconditionFailed
    if clash.email:
        raise Conflict(*TAKEN_EMAIL)
    if clash.username:
        raise Conflict(*TAKEN_USERNAME)
    if clash.nowhere:
        raise ValidationFailed.of(
            "body.timeZone", "There is no such time zone. Its IANA name is expected, such as Asia/Kolkata.", "time_zone"
        )


def _write(request: Request, body: schemas.ProfileUpdate) -> Row:
    try:
        row = request.work.first(
            profile_repository.UPDATE,
            id=request.caller.id,
            first_name=body.first_name,
            last_name=body.last_name,
            full_name=body.full_name,
            username=body.username,
            weekly_learning_goal=body.weekly_learning_goal,
            date_of_birth=body.date_of_birth.isoformat() if body.date_of_birth else None,
            time_zone=body.time_zone,
            version=request.if_match,
        )
    except DatabaseFailure as failure:
        if failure.constraint == "uq_users_username":
            raise Conflict(*TAKEN_USERNAME) from failure
        raise
    if row is None:
        raise PreconditionFailed
    return row


def _change_password(request: Request, body: schemas.ProfileUpdate) -> Tokens | None:
    """The new password, everything else signed out, and a sign-in with the new one (None where that needs a second factor)."""
    token = bearer(request)
    current, new = body.current_password or "", body.new_password or ""
    try:
        with attempt(request, f"password {request.caller.id}"):
            accounts().change_password(token, current=current, new=new)
    except WrongCredentials as error:
        raise RuleBroken("WRONG_PASSWORD", "The current password is wrong, or this account signs in with Google and has none.") from error
    except BadPassword as error:
        raise bad_password("body.newPassword", error) from error
    try:
        account = accounts().find(request.caller.sub)
        accounts().sign_out_everywhere(token)
        result = accounts().sign_in(account.email, new) if account is not None and account.email else None
    except AccountError:
        return None  # the password is changed all the same, and our own sessions end below
    return result if isinstance(result, Tokens) else None


def _restart_sessions(request: Request, tokens: Tokens | None) -> None:
    if tokens is None:
        request.work.execute(repository.END_ALL_SESSIONS, sub=request.caller.sub)
        return
    claims = verifier().verify(tokens.access)
    request.work.execute(
        repository.RESTART_SESSIONS,
        user_id=request.caller.id,
        session_id=claims.session_id,
        auth_time=claims.auth_time,
        user_agent=request.headers.get("user-agent", "")[:200],
    )


def _change_email(request: Request, email: str) -> bool:
    try:
        return accounts().change_email(bearer(request), email)
    except EmailInUse as error:
        raise Conflict(*TAKEN_EMAIL) from error
    except (BadEmail, WrongCredentials) as error:
        raise RuleBroken("EMAIL_NOT_CHANGEABLE", "This address can't be used, or yours is kept by Google and is changed there.") from error
    except TooManyAttempts as error:
        raise RateLimited(VENDOR_PAUSE) from error
    except AccountsUnavailable as error:
        raise unavailable() from error


def confirm_email(request: Request, code: str) -> Answer:
    """The code from the new address: from now on it holds."""
    token = bearer(request)

    def enter_code() -> str:
        try:
            with attempt(request, f"email {request.caller.id}"):
                accounts().confirm_email(token, code)
                account = accounts().find(request.caller.sub)
        except (WrongCode, WrongCredentials) as error:
            raise ValidationFailed.of("body.code", "The code is wrong or too old.", "code") from error
        except EmailInUse as error:
            raise Conflict(*TAKEN_EMAIL) from error
        if account is None or account.email is None:
            raise unavailable()
        return account.email

    email = request.once("code", enter_code)
    try:
        row = request.work.first(profile_repository.SET_EMAIL, id=request.caller.id, email=email, verified=True)
    except DatabaseFailure as failure:
        if failure.constraint == "uq_users_email":
            raise Conflict(*TAKEN_EMAIL) from failure
        raise
    if row is None:
        raise Unauthenticated
    request.audit("user.update", "user", request.caller.id, after={"changed": ["email"]})
    return ok(Json(row.json), version=row.version)


def set_preferences(request: Request, body: schemas.Preferences) -> Answer:
    chosen = body.notification_preference
    if body.pseudonym is not None:
        _refuse_borrowed(request, body.pseudonym)
    try:
        row = request.work.first(
            profile_repository.PREFERENCES,
            id=request.caller.id,
            preferences=None if chosen is None else json.dumps({"notificationPreference": chosen}),
            preferred_study_time=body.preferred_study_time,
            weekly_learning_goal=body.weekly_learning_goal,
            profile_visibility=body.profile_visibility,
            leaderboard_visibility=body.leaderboard_visibility,
            pseudonym=body.pseudonym,
            candidates=pseudonyms(),
            version=request.if_match,
        )
    except DatabaseFailure as failure:
        if failure.constraint == "uq_users_pseudonym":
            raise Conflict(*TAKEN_PSEUDONYM) from failure
        raise
    if row is None:
        raise PreconditionFailed
    if body.leaderboard_visibility or body.pseudonym or body.profile_visibility:
        request.work.emit(UserPrivacyChanged(user_id=request.caller.id))
    request.audit("user.preferences", "user", request.caller.id, after={"changed": sorted(body.model_fields_set)})
    return ok(Json(row.json), version=row.version)


def _refuse_borrowed(request: Request, pseudonym: str) -> None:
    """Under a pseudonym nobody can be somebody else."""
    escaped = re.sub(r"([\\%_])", r"\\\1", pseudonym.lower())
    if request.work.value(profile_repository.SOMEBODYS_NAME, name=pseudonym, prefix=f"{escaped} %", id=request.caller.id):
        raise Conflict(*TAKEN_PSEUDONYM)


def pseudonyms() -> list[str]:
    """For who wants one and chose none. They tell nothing of the person, not even by their id; the last one is all but certain to be free."""
    return [f"Learner {secrets.token_hex(2).upper()}" for _ in range(4)] + [f"Learner {secrets.token_hex(4).upper()}"]


def check_username(request: Request, username: str) -> schemas.UsernameView:
    """One's own name counts as available. Suggestions are free at this moment, and come only where they are needed."""
    row = request.work.first(profile_repository.FREE_NAMES, username=username, id=request.caller.id, candidates=candidates(username))
    available = row is not None and not row.taken and username.lower() not in schemas.RESERVED_USERNAMES
    return schemas.UsernameView(available=available, suggestions=[] if available or row is None else row.free[:SUGGESTIONS])


def candidates(username: str) -> list[str]:
    """Names like this one, the nicest first; the last ones are all but certain to be free."""
    stem = username[:24].rstrip("._-")
    words = [f"{stem}{ending}" for ending in ("1", "7", "21", "_learns", "_1")]
    return (
        words
        + [f"{stem}{secrets.randbelow(90) + 10}" for _ in range(3)]
        + [f"{stem}{secrets.randbelow(90_000) + 10_000}" for _ in range(4)]
    )


def bearer(request: Request) -> str:
    """The caller's access token, which the vendor wants to see when they change what it keeps."""
    return request.headers["authorization"].partition(" ")[2].strip()
