"""A user pool for tests, in memory: implements `Accounts`, signs with the tests' issuer."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from academy.identity.accounts import (
    Account,
    AccountError,
    BadPassword,
    Challenge,
    EmailInUse,
    NotConfirmed,
    SignedUp,
    Tokens,
    WrongCode,
    WrongCredentials,
)
from tests.issuer import Issuer

CODE = "123456"


@dataclass
class Known:
    """An account in the pool. `mfa` is the kind of the second factor it asks for."""

    sub: str
    email: str
    password: str | None
    confirmed: bool = True
    email_verified: bool = True
    first_name: str = "Asha"
    last_name: str = "Rao"
    mfa: str | None = None
    pending_email: str | None = None


@dataclass
class FakeAccounts:
    """`auto_confirm`: no code is asked for at sign-up. `broken`: what every call raises. `calls` are the names of what was asked, in order."""

    issuer: Issuer
    auto_confirm: bool = False
    verify_changes: bool = True
    broken: AccountError | None = None
    calls: list[str] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    codes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    refresh_tokens: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)

    def add(self, email: str, password: str | None = "Academy-2026!", **values: Any) -> Known:
        known = Known(values.pop("sub", None) or str(uuid4()), email, password, **values)
        self.known.append(known)
        return known

    def code_for(self, known: Known, *, verifier: str, redirect_uri: str) -> str:
        """What the hosted page would send back."""
        code = uuid4().hex
        self.codes[code] = (known.sub, verifier, redirect_uri)
        return code

    def tokens(self, known: Known, session: str | None = None, auth_time: int | None = None) -> Tokens:
        session, auth_time = session or uuid4().hex, auth_time or int(time.time())
        refresh = uuid4().hex
        self.refresh_tokens[refresh] = (known.sub, session, auth_time)
        identity = {
            "token_use": "id",
            "client_id": None,
            "aud": "testclient",
            "cognito:username": known.sub,
            "email": known.email,
            "email_verified": known.email_verified,
            "given_name": known.first_name,
            "family_name": known.last_name,
            "name": f"{known.first_name} {known.last_name}",
            "origin_jti": session,
        }
        access = self.issuer.token(known.sub, origin_jti=session, auth_time=auth_time)
        return Tokens(access, self.issuer.token(known.sub, **identity), 600, refresh)

    def sign_up(self, email: str, password: str, *, first_name: str, last_name: str) -> SignedUp:
        self._called("sign_up")
        if self._with(email) is not None:
            raise EmailInUse
        if len(password) < 10:
            raise BadPassword("Password did not conform with policy: Password not long enough")
        known = self.add(
            email,
            password,
            confirmed=self.auto_confirm,
            email_verified=self.auto_confirm,
            first_name=first_name,
            last_name=last_name,
        )
        return SignedUp(known.sub, self.auto_confirm)

    def delete(self, sub: str) -> None:
        self._called("delete")
        self.known = [known for known in self.known if known.sub != sub]

    def confirm(self, email: str, code: str) -> None:
        self._called("confirm")
        known = self._with(email)
        if known is None or known.confirmed or code != CODE:
            raise WrongCode
        known.confirmed = known.email_verified = True

    def resend_code(self, email: str) -> None:
        self._called("resend_code")
        if self._with(email) is not None:
            self.mails.append(email)

    def sign_in(self, email: str, password: str) -> Tokens | Challenge:
        self._called("sign_in")
        known = self._with(email)
        if known is None:
            raise WrongCredentials
        if not known.confirmed:
            raise NotConfirmed
        if known.password != password:
            raise WrongCredentials
        return Challenge(known.mfa, "challenge-session") if known.mfa else self.tokens(known)

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        self._called("exchange")
        sub, wanted_verifier, wanted_uri = self.codes.pop(code, ("", "", ""))
        if not sub or verifier != wanted_verifier or redirect_uri != wanted_uri:
            raise WrongCredentials
        return self.tokens(self._of(sub))

    def refresh(self, token: str) -> Tokens:
        self._called("refresh")
        known = self.refresh_tokens.pop(token, None)
        if known is None or token in self.revoked:
            raise WrongCredentials
        sub, session, auth_time = known
        return self.tokens(self._of(sub), session, auth_time)

    def revoke(self, token: str) -> None:
        self._called("revoke")
        self.revoked.append(token)

    def sign_out_everywhere(self, access_token: str) -> None:
        self._called("sign_out_everywhere")
        sub = self._owner(access_token).sub
        self.refresh_tokens = {token: entry for token, entry in self.refresh_tokens.items() if entry[0] != sub}

    def change_password(self, access_token: str, *, current: str, new: str) -> None:
        self._called("change_password")
        known = self._owner(access_token)
        if known.password is None or known.password != current:
            raise WrongCredentials
        if len(new) < 10:
            raise BadPassword("Password did not conform with policy: Password not long enough")
        known.password = new

    def forgot_password(self, email: str) -> None:
        self._called("forgot_password")
        if self._with(email) is not None:
            self.mails.append(email)

    def reset_password(self, email: str, *, code: str, new: str) -> None:
        self._called("reset_password")
        known = self._with(email)
        if known is None or code != CODE:
            raise WrongCode
        if len(new) < 10:
            raise BadPassword("Password did not conform with policy: Password not long enough")
        known.password = new

    def change_email(self, access_token: str, email: str) -> bool:
        self._called("change_email")
        if self._with(email) is not None:
            raise EmailInUse
        known = self._owner(access_token)
        if self.verify_changes:
            known.pending_email = email
            return False
        known.email = email
        return True

    def confirm_email(self, access_token: str, code: str) -> None:
        self._called("confirm_email")
        known = self._owner(access_token)
        if code != CODE or known.pending_email is None:
            raise WrongCode
        known.email, known.pending_email = known.pending_email, None

    def find(self, sub: str) -> Account | None:
        self._called("find")
        return next((_account(known) for known in self.known if known.sub == sub), None)

    def with_email(self, email: str) -> list[Account]:
        self._called("with_email")
        return [_account(known) for known in self.known if known.email == email]

    def link(self, *, provider: str, subject: str, username: str) -> None:
        self._called("link")
        self.links.append((provider, subject, username))

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.broken is not None:
            raise self.broken

    def _with(self, email: str) -> Known | None:
        return next((known for known in self.known if known.email == email), None)

    def _of(self, sub: str) -> Known:
        return next(known for known in self.known if known.sub == sub)

    def _owner(self, access_token: str) -> Known:
        from jose import jwt

        sub = jwt.get_unverified_claims(access_token)["sub"]
        known = next((known for known in self.known if known.sub == sub), None)
        if known is None:
            raise WrongCredentials
        return known


def _account(known: Known) -> Account:
    native = known.password is not None and known.confirmed
    return Account(known.sub, known.sub, known.email, known.email_verified, known.first_name, known.last_name, None, native)
