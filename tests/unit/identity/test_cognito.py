"""Cognito's answers and errors, as botocore gives them, in the academy's own words."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.stub import ANY, Stubber

from academy.identity import accounts as port
from academy.identity import cognito
from academy.identity.cognito import CognitoAccounts
from academy.platform import config as configuration

RESULT = {"AccessToken": "a", "IdToken": "i", "ExpiresIn": 600, "TokenType": "Bearer", "RefreshToken": "r"}
SIGN_IN = {
    "UserPoolId": "ap-south-1_test",
    "ClientId": "testclient",
    "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
    "AuthParameters": {"USERNAME": "a@academy.test", "PASSWORD": "p"},
}


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("cognito-idp", region_name="ap-south-1")
    monkeypatch.setattr(cognito, "client", lambda _service: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_a_sign_in_gives_tokens(stub: Stubber) -> None:
    stub.add_response("admin_initiate_auth", {"AuthenticationResult": RESULT}, SIGN_IN)

    assert CognitoAccounts().sign_in("a@academy.test", "p") == port.Tokens("a", "i", 600, "r")


@pytest.mark.parametrize(("name", "kind"), [("SOFTWARE_TOKEN_MFA", "TOTP"), ("SMS_MFA", "SMS"), ("EMAIL_OTP", "EMAIL")])
def test_a_second_factor_has_our_name(stub: Stubber, name: str, kind: str) -> None:
    stub.add_response("admin_initiate_auth", {"ChallengeName": name, "Session": "s" * 20}, SIGN_IN)

    assert CognitoAccounts().sign_in("a@academy.test", "p") == port.Challenge(kind, "s" * 20)


def test_an_operators_password_has_to_be_replaced(stub: Stubber) -> None:
    stub.add_response("admin_initiate_auth", {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s" * 20}, SIGN_IN)

    with pytest.raises(port.ResetRequired):
        CognitoAccounts().sign_in("a@academy.test", "p")


Call = Callable[[CognitoAccounts], Any]
REFUSALS: list[tuple[str, Call, str, type[Exception]]] = [
    ("admin_initiate_auth", lambda c: c.sign_in("a@academy.test", "p"), "NotAuthorizedException", port.WrongCredentials),
    ("admin_initiate_auth", lambda c: c.sign_in("a@academy.test", "p"), "UserNotFoundException", port.WrongCredentials),
    ("admin_initiate_auth", lambda c: c.sign_in("a@academy.test", "p"), "InvalidParameterException", port.WrongCredentials),
    ("admin_initiate_auth", lambda c: c.sign_in("a@academy.test", "p"), "UserNotConfirmedException", port.NotConfirmed),
    ("admin_initiate_auth", lambda c: c.sign_in("a@academy.test", "p"), "PasswordResetRequiredException", port.ResetRequired),
    ("admin_initiate_auth", lambda c: c.sign_in("a@academy.test", "p"), "TooManyRequestsException", port.AccountsUnavailable),
    ("sign_up", lambda c: c.sign_up("a@academy.test", "p", first_name="A", last_name="B"), "UsernameExistsException", port.EmailInUse),
    ("sign_up", lambda c: c.sign_up("a@academy.test", "p", first_name="A", last_name="B"), "InvalidPasswordException", port.BadPassword),
    ("sign_up", lambda c: c.sign_up("a@academy.test", "p", first_name="A", last_name="B"), "InvalidParameterException", port.BadEmail),
    ("confirm_sign_up", lambda c: c.confirm("a@academy.test", "123456"), "CodeMismatchException", port.WrongCode),
    ("confirm_sign_up", lambda c: c.confirm("a@academy.test", "123456"), "ExpiredCodeException", port.WrongCode),
    ("confirm_sign_up", lambda c: c.confirm("a@academy.test", "123456"), "UserNotFoundException", port.WrongCode),
    ("confirm_sign_up", lambda c: c.confirm("a@academy.test", "123456"), "AliasExistsException", port.EmailInUse),
    ("get_tokens_from_refresh_token", lambda c: c.refresh("r"), "NotAuthorizedException", port.WrongCredentials),
    ("get_tokens_from_refresh_token", lambda c: c.refresh("r"), "RefreshTokenReuseException", port.WrongCredentials),
    ("change_password", lambda c: c.change_password("t", current="a", new="b"), "NotAuthorizedException", port.WrongCredentials),
    ("change_password", lambda c: c.change_password("t", current="a", new="b"), "LimitExceededException", port.TooManyAttempts),
    ("confirm_forgot_password", lambda c: c.reset_password("a@b.cc", code="1", new="b"), "UserNotFoundException", port.WrongCode),
    ("update_user_attributes", lambda c: c.change_email("t", "a@b.cc"), "AliasExistsException", port.EmailInUse),
    ("update_user_attributes", lambda c: c.change_email("t", "a@b.cc"), "InvalidParameterException", port.BadEmail),
    ("verify_user_attribute", lambda c: c.confirm_email("t", "1"), "CodeMismatchException", port.WrongCode),
]


@pytest.mark.parametrize(("operation", "call", "code", "error"), REFUSALS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_refusal_in_our_words(stub: Stubber, operation: str, call: Call, code: str, error: type[Exception]) -> None:
    stub.add_client_error(operation, code, "why", http_status_code=400)

    with pytest.raises(error):
        call(CognitoAccounts())


@pytest.mark.parametrize(("code", "status"), [("InternalErrorException", 500), ("ThrottlingException", 400), ("ServiceUnavailable", 503)])
def test_no_answer_is_unavailable(stub: Stubber, code: str, status: int) -> None:
    stub.add_client_error("admin_initiate_auth", code, http_status_code=status)

    with pytest.raises(port.AccountsUnavailable):
        CognitoAccounts().sign_in("a@academy.test", "p")


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("resend_confirmation_code", lambda c: c.resend_code("a@academy.test")),
        ("forgot_password", lambda c: c.forgot_password("a@academy.test")),
        ("revoke_token", lambda c: c.revoke("r")),
        ("global_sign_out", lambda c: c.sign_out_everywhere("t")),
        ("admin_delete_user", lambda c: c.delete("sub")),
    ],
)
def test_what_is_nobodys_business_or_done_already_is_quiet(stub: Stubber, operation: str, call: Call) -> None:
    stub.add_client_error(
        operation, "UserNotFoundException" if operation != "revoke_token" else "NotAuthorizedException", http_status_code=400
    )

    assert call(CognitoAccounts()) is None


def test_a_search_cannot_be_bent(stub: Stubber) -> None:
    wanted = {"UserPoolId": "ap-south-1_test", "Filter": 'email = "a\\"b\\\\"', "Limit": 10}
    stub.add_response("list_users", {"Users": []}, wanted)

    assert CognitoAccounts().with_email('a"b\\') == []


def test_an_account_is_read(stub: Stubber) -> None:
    attributes = {"sub": "s", "email": "a@academy.test", "email_verified": "true", "given_name": "A"}
    user = {"Username": "s", "UserStatus": "CONFIRMED", "Attributes": [{"Name": n, "Value": v} for n, v in attributes.items()]}
    guest = {**user, "Username": "google_1", "UserStatus": "EXTERNAL_PROVIDER"}
    stub.add_response("list_users", {"Users": [user, guest]}, {"UserPoolId": ANY, "Filter": ANY, "Limit": 10})

    native, other = CognitoAccounts().with_email("a@academy.test")

    assert native == port.Account("s", "s", "a@academy.test", True, "A", None, None, True)
    assert other.native is False


@pytest.fixture
def token_endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """`status` and `answer` are what it says, `form` is what it was sent."""
    state: dict[str, Any] = {"status": 200, "answer": {"access_token": "a", "id_token": "i", "expires_in": 600, "refresh_token": "r"}}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state["path"], state["form"] = self.path, {name: values[0] for name, values in parse_qs(body).items()}
            self.send_response(state["status"])
            self.end_headers()
            self.wfile.write(json.dumps(state["answer"]).encode())

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("USER_POOL_DOMAIN_URL", f"http://127.0.0.1:{server.server_port}")
    configuration.config.cache_clear()
    yield state
    configuration.config.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_code_is_exchanged(token_endpoint: dict[str, Any]) -> None:
    tokens = CognitoAccounts().exchange("the-code", verifier="v" * 43, redirect_uri="http://localhost:5173/auth/callback")

    assert tokens == port.Tokens("a", "i", 600, "r")
    assert token_endpoint["path"] == "/oauth2/token"
    assert token_endpoint["form"] == {
        "grant_type": "authorization_code",
        "client_id": "testclient",
        "code": "the-code",
        "code_verifier": "v" * 43,
        "redirect_uri": "http://localhost:5173/auth/callback",
    }


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (400, {"error": "invalid_grant"}, port.WrongCredentials),
        (500, {}, port.AccountsUnavailable),
        (200, {"access_token": "a"}, port.AccountsUnavailable),
        (200, [], port.AccountsUnavailable),
    ],
)
def test_an_exchange_that_fails(token_endpoint: dict[str, Any], status: int, answer: Any, error: type[Exception]) -> None:
    token_endpoint |= {"status": status, "answer": answer}

    with pytest.raises(error):
        CognitoAccounts().exchange("the-code", verifier="v" * 43, redirect_uri="http://localhost:5173/auth/callback")
