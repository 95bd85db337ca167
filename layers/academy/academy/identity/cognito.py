"""Amazon Cognito behind `Accounts`. Its error codes are translated here and appear nowhere else."""

import json
import urllib.error
import urllib.request
from dataclasses import replace
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from academy.identity.accounts import (
    Account,
    AccountError,
    AccountsUnavailable,
    BadEmail,
    BadPassword,
    Challenge,
    EmailInUse,
    NotConfirmed,
    ResetRequired,
    SignedUp,
    Tokens,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
    from_attributes,
)
from academy.platform.aws import client, out_of_reach
from academy.platform.config import config

EXCHANGE_TIMEOUT = 5.0
CHALLENGES = {"SOFTWARE_TOKEN_MFA": "TOTP", "SMS_MFA": "SMS", "EMAIL_OTP": "EMAIL"}
# What an error means whatever was asked. UserNotFound is WrongCredentials: PreventUserExistenceErrors lets it through in some calls.
MEANINGS: dict[str, type[AccountError]] = {
    "NotAuthorizedException": WrongCredentials,
    "UserNotFoundException": WrongCredentials,
    "RefreshTokenReuseException": WrongCredentials,
    "UserNotConfirmedException": NotConfirmed,
    "PasswordResetRequiredException": ResetRequired,
    "UsernameExistsException": EmailInUse,
    "AliasExistsException": EmailInUse,
    "InvalidPasswordException": BadPassword,
    "PasswordHistoryPolicyViolationException": BadPassword,
    "CodeMismatchException": WrongCode,
    "ExpiredCodeException": WrongCode,
    "LimitExceededException": TooManyAttempts,
    # Our trigger did not answer it, or its own mail did not get out.
    "UserLambdaValidationException": AccountsUnavailable,
    "UnexpectedLambdaException": AccountsUnavailable,
    "InvalidLambdaResponseException": AccountsUnavailable,
    "CodeDeliveryFailureException": AccountsUnavailable,
    "TooManyFailedAttemptsException": TooManyAttempts,
}


class CognitoAccounts:
    """The configured user pool through its one public client."""

    def sign_up(self, email: str, password: str, *, first_name: str, last_name: str) -> SignedUp:
        attributes = {"email": email, "given_name": first_name, "family_name": last_name, "name": f"{first_name} {last_name}"}
        answer = self._call(
            "sign_up",
            invalid=BadEmail,
            ClientId=config().user_pool_client_id,
            Username=email,
            Password=password,
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
        return SignedUp(answer["UserSub"], bool(answer["UserConfirmed"]))

    def delete(self, sub: str) -> None:
        try:
            self._call("admin_delete_user", UserPoolId=config().user_pool_id, Username=sub)
        except WrongCredentials:
            return

    def confirm(self, email: str, code: str) -> None:
        try:
            self._call("confirm_sign_up", ClientId=config().user_pool_client_id, Username=email, ConfirmationCode=code)
        except WrongCredentials as error:  # confirmed already, or nobody
            raise WrongCode from error

    def resend_code(self, email: str) -> None:
        self._quietly("resend_confirmation_code", ClientId=config().user_pool_client_id, Username=email)

    def sign_in(self, email: str, password: str) -> Tokens | Challenge:
        answer = self._call(
            "admin_initiate_auth",
            invalid=WrongCredentials,
            UserPoolId=config().user_pool_id,
            ClientId=config().user_pool_client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        if "AuthenticationResult" in answer:
            return _tokens(answer["AuthenticationResult"])
        kind = CHALLENGES.get(answer["ChallengeName"])
        if kind is None:  # NEW_PASSWORD_REQUIRED, of an account that an operator made
            raise ResetRequired
        return Challenge(kind, answer["Session"])

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        form = {
            "grant_type": "authorization_code",
            "client_id": config().user_pool_client_id,
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        request = urllib.request.Request(  # noqa: S310 - the address is configuration
            f"{config().user_pool_domain_url}/oauth2/token",
            data=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=EXCHANGE_TIMEOUT) as response:  # noqa: S310
                answer = json.load(response)
            return Tokens(answer["access_token"], answer["id_token"], int(answer["expires_in"]), answer.get("refresh_token"))
        except urllib.error.HTTPError as error:
            with error:
                refused = error.code == 400  # invalid_grant and its like (RFC 6749 5.2)
            raise (WrongCredentials if refused else AccountsUnavailable) from error
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            raise AccountsUnavailable from error

    def refresh(self, token: str) -> Tokens:
        answer = self._call(
            "get_tokens_from_refresh_token", invalid=WrongCredentials, ClientId=config().user_pool_client_id, RefreshToken=token
        )
        return _tokens(answer["AuthenticationResult"])

    def revoke(self, token: str) -> None:
        try:
            self._call("revoke_token", invalid=WrongCredentials, ClientId=config().user_pool_client_id, Token=token)
        except WrongCredentials:
            return

    def sign_out_everywhere(self, access_token: str) -> None:
        try:
            self._call("global_sign_out", AccessToken=access_token)
        except WrongCredentials:
            return

    def change_password(self, access_token: str, *, current: str, new: str) -> None:
        self._call("change_password", invalid=BadPassword, AccessToken=access_token, PreviousPassword=current, ProposedPassword=new)

    def forgot_password(self, email: str) -> None:
        self._quietly("forgot_password", ClientId=config().user_pool_client_id, Username=email)

    def reset_password(self, email: str, *, code: str, new: str) -> None:
        try:
            self._call(
                "confirm_forgot_password",
                invalid=BadPassword,
                ClientId=config().user_pool_client_id,
                Username=email,
                ConfirmationCode=code,
                Password=new,
            )
        except (WrongCredentials, NotConfirmed) as error:
            raise WrongCode from error

    def change_email(self, access_token: str, email: str) -> bool:
        answer = self._call(
            "update_user_attributes", invalid=BadEmail, AccessToken=access_token, UserAttributes=[{"Name": "email", "Value": email}]
        )
        return not answer.get("CodeDeliveryDetailsList")

    def confirm_email(self, access_token: str, code: str) -> None:
        self._call("verify_user_attribute", invalid=WrongCode, AccessToken=access_token, AttributeName="email", Code=code)

    def find(self, sub: str) -> Account | None:
        return next(iter(self._list(f'sub = "{_quoted(sub)}"')), None)

    def with_email(self, email: str) -> list[Account]:
        return self._list(f'email = "{_quoted(email)}"')

    def link(self, *, provider: str, subject: str, username: str) -> None:
        self._call(
            "admin_link_provider_for_user",
            UserPoolId=config().user_pool_id,
            DestinationUser={"ProviderName": "Cognito", "ProviderAttributeName": "Username", "ProviderAttributeValue": username},
            SourceUser={"ProviderName": provider, "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": subject},
        )

    def _list(self, condition: str) -> list[Account]:
        answer = self._call("list_users", UserPoolId=config().user_pool_id, Filter=condition, Limit=10)
        return [_account(user) for user in answer["Users"]]

    def _quietly(self, operation: str, **parameters: Any) -> None:
        """An operation whose refusal would tell who has an account."""
        try:
            self._call(operation, invalid=WrongCredentials, **parameters)
        except (WrongCredentials, NotConfirmed, ResetRequired):
            return

    @staticmethod
    def _call(operation: str, *, invalid: type[AccountError] | None = None, **parameters: Any) -> dict[str, Any]:
        """`invalid` is what InvalidParameterException means in this operation; without it, it is a bug of ours."""
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
        from botocore.parsers import ResponseParserError

        try:
            answer: dict[str, Any] = getattr(client("cognito-idp"), operation)(**parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            message = str(error.response["Error"].get("Message", ""))
            if code in MEANINGS:
                raise MEANINGS[code](message) from error
            if code == "InvalidParameterException" and invalid is not None:
                raise invalid(message) from error
            if out_of_reach(error):
                raise AccountsUnavailable from error
            raise
        except ParamValidationError as error:
            if invalid is None:
                raise
            raise invalid(str(error)) from error
        except (BotoCoreError, ResponseParserError) as error:
            raise AccountsUnavailable from error
        return answer


def _tokens(result: dict[str, Any]) -> Tokens:
    return Tokens(result["AccessToken"], result["IdToken"], int(result["ExpiresIn"]), result.get("RefreshToken"))


def _account(user: dict[str, Any]) -> Account:
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user.get("Attributes", [])}
    native = user["UserStatus"] in {"CONFIRMED", "RESET_REQUIRED"}
    return replace(from_attributes(attributes), username=user["Username"], native=native)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
