"""What MiniStack's Cognito lacks and the academy's sign-in needs.

As in patches.py, every patch says why and asserts that what it changes is still there.
"""

import hashlib
import json
import os
import time
from base64 import urlsafe_b64encode
from typing import Any

import ministack.services.cloudformation.provisioners as provisioners
import ministack.services.cognito as cognito
import ministack.services.lambda_svc as functions

Answer = tuple[int, dict[str, str], bytes]
BASE = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"MiniStack changed: {what}. Look at infra/local/ministack/cognito_patches.py again.")


def refusal(code: str, message: str) -> Answer:
    answer: Answer = cognito.error_response_json(code, message, 400)
    return answer


# 1. The issuer is an address that exists here: MiniStack signs as https://cognito-idp.<region>.amazonaws.com,
#    where nobody on this machine finds the keys, and UserPool has no ProviderURL to read it from.


def patch_issuer() -> None:
    sign = cognito._signed_jwt
    attributes = provisioners._cognito_user_pool_attributes
    configuration = cognito.well_known_openid_configuration

    def signed(claims: dict[str, Any], pool_id: str = "", use: str = "") -> str:
        token: str = sign({**claims, "iss": f"{BASE}/{pool_id}"} if pool_id else claims, pool_id, use)
        return token

    def with_url(pool_id: str) -> dict[str, str]:
        return {**attributes(pool_id), "ProviderURL": f"{BASE}/{pool_id}"}

    def discovered(pool_id: str, *args: Any, **kwargs: Any) -> Answer:
        status, headers, body = configuration(pool_id, *args, **kwargs)
        return status, headers, json.dumps({**json.loads(body), "issuer": f"{BASE}/{pool_id}"}).encode()

    cognito._signed_jwt = signed
    cognito.well_known_openid_configuration = discovered
    provisioners._cognito_user_pool_attributes = with_url


# 2. AWS::Cognito::UserPoolIdentityProvider, with Google played by a local OpenID issuer.


def patch_identity_providers() -> None:
    kind = "AWS::Cognito::UserPoolIdentityProvider"
    expect(kind not in provisioners._RESOURCE_HANDLERS, "it has UserPoolIdentityProvider now")
    names = ("UserPoolId", "ProviderName", "ProviderType", "ProviderDetails", "AttributeMapping", "IdpIdentifiers")

    def create(_logical_id: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, Any]]:
        wanted = {name: properties[name] for name in names if name in properties}
        issuer = os.environ.get("LOCAL_GOOGLE_ISSUER")
        if wanted["ProviderType"] == "Google" and issuer:
            wanted["ProviderType"] = "OIDC"
            wanted["ProviderDetails"] = {
                **wanted["ProviderDetails"], "attributes_request_method": "GET", "oidc_issuer": issuer,
                "authorize_url": f"{issuer}/authorize", "token_url": f"{issuer}/token",
            }  # fmt: skip
        status, _, body = cognito._create_identity_provider(wanted)
        if status >= 400:
            raise ValueError(body)
        return properties["ProviderName"], {}

    def delete(physical_id: str, properties: dict[str, Any]) -> None:
        pool = cognito._user_pools.get(properties.get("UserPoolId", "")) or {}
        pool.get("_identity_providers", {}).pop(physical_id, None)

    def update(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None
    ) -> tuple[str, dict[str, Any]]:
        delete(physical_id, old)
        return create(logical_id or physical_id, new, stack)

    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "delete": delete, "update": update}
    cognito._oidc_callback_url = lambda _pool: f"{BASE}/oauth2/idpresponse"


# 3. PKCE when the sign-in goes through an identity provider: MiniStack checks the verifier only for
#    codes of its own password page, and a stolen code would be worth a sign-in.


def patch_federated_pkce() -> None:
    authorize, respond, exchange = cognito._oauth2_authorize_federation, cognito._oauth2_idp_response, cognito._oauth2_token

    def begin(query: dict[str, Any]) -> Answer:
        known = set(cognito._auth_codes)
        answer: Answer = authorize(query)
        for key in set(cognito._auth_codes) - known:
            cognito._auth_codes[key]["challenge"] = cognito._qp(query, "code_challenge")
        return answer

    def come_back(method: str, body: bytes, query: dict[str, Any]) -> Answer:
        relay = cognito._auth_codes.get(cognito._qp(query, "state")) or {}
        known = set(cognito._auth_codes)
        answer: Answer = respond(method, body, query)
        for key in set(cognito._auth_codes) - known:
            cognito._auth_codes[key]["challenge"] = relay.get("challenge", "")
            first_sight(cognito._auth_codes[key])
        return answer

    def token(data: dict[str, Any], query: dict[str, Any], body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        form = {key: values[0] for key, values in cognito.parse_qs(body.decode(), keep_blank_values=True).items()}
        challenge = (cognito._auth_codes.get(form.get("code", "")) or {}).get("challenge")
        if challenge:
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                wrong: Answer = cognito._oauth2_error("invalid_grant", "PKCE verification failed.")
                return wrong
        answer: Answer = exchange(data, query, body, headers)
        return answer

    cognito._oauth2_authorize_federation = begin
    cognito._oauth2_idp_response = come_back
    cognito._oauth2_token = token


# 4. The PostConfirmation trigger, which MiniStack never calls. As on AWS it also fires after a password
#    reset and at a federated user's first sign-in, and its failure fails the call.


def post_confirmation(pool_id: str, client_id: str, username: str, source: str) -> Answer | None:
    pool = cognito._user_pools.get(pool_id) or {}
    arn = (pool.get("LambdaConfig") or {}).get("PostConfirmation")
    user = pool.get("_users", {}).get(username)
    if not arn or user is None:
        return None
    attributes = cognito._attr_list_to_dict(user["Attributes"])
    status = {"cognito:user_status": user["UserStatus"]}
    event = {
        "version": "1",
        "triggerSource": source,
        "region": cognito._pool_region(pool_id),
        "userPoolId": pool_id,
        "userName": username,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
        "request": {"userAttributes": {**attributes, **status}},
        "response": {},
    }
    record, config, _ = functions._get_func_record_for_ref(arn)
    if record is None or config is None:
        return refusal("UnexpectedLambdaException", f"PostConfirmation: there is no {arn}")
    result = functions._execute_function_with_config_scope(functions._execution_record_for_config(record, config), event)
    if result.get("error"):
        message = (result.get("body") or {}).get("errorMessage", "")
        return refusal("UserLambdaValidationException", f"PostConfirmation failed with error {message}.")
    return None


def first_sight(code: dict[str, Any]) -> None:
    """A federated user's first sign-in counts as a confirmed sign-up."""
    user = (cognito._get_pool_unscoped(code["pool_id"]) or {}).get("_users", {}).get(code["username"], {})
    if user.get("UserStatus") == "EXTERNAL_PROVIDER" and not user.get("_confirmed_once"):
        user["_confirmed_once"] = True
        post_confirmation(code["pool_id"], code["client_id"], code["username"], "PostConfirmation_ConfirmSignUp")


def patch_post_confirmation() -> None:
    expect(not hasattr(cognito, "_apply_post_confirmation_trigger"), "it may have PostConfirmation now")
    sign_up, confirm, reset = cognito._sign_up, cognito._confirm_sign_up, cognito._confirm_forgot_password
    automatic = os.environ.get("LOCAL_CONFIRM") == "automatic"

    def after(data: dict[str, Any], answer: Answer, source: str) -> Answer:
        pool, pool_id = cognito._pool_for_client(data.get("ClientId"))
        user = cognito._resolve_user(pool, data.get("Username"))[0] if pool else None
        if answer[0] >= 400 or user is None:
            return answer
        return post_confirmation(pool_id, data["ClientId"], user["Username"], source) or answer

    def signed_up(data: dict[str, Any]) -> Answer:
        answer: Answer = sign_up(data)
        if answer[0] >= 400:
            return answer
        made = json.loads(answer[2])
        pool, _ = cognito._pool_for_client(data.get("ClientId"))
        user = cognito._resolve_user(pool, data.get("Username"))[0]
        if automatic and not made["UserConfirmed"]:
            # On a developer's machine nobody waits for a code (it is in the inbox all the same).
            user["UserStatus"] = "CONFIRMED"
            user["Attributes"] = cognito._merge_attributes(user["Attributes"], [{"Name": "email_verified", "Value": "true"}])
            made = {"UserConfirmed": True, "UserSub": made["UserSub"]}
        if made["UserConfirmed"]:
            return after(data, cognito.json_response(made), "PostConfirmation_ConfirmSignUp")
        return answer

    cognito._sign_up = signed_up
    cognito._confirm_sign_up = lambda data: after(data, confirm(data), "PostConfirmation_ConfirmSignUp")
    cognito._confirm_forgot_password = lambda data: after(data, reset(data), "PostConfirmation_ConfirmForgotPassword")


# 5. Rotation of refresh tokens: MiniStack drops the client's setting and never issues a new one.

REUSED = "RefreshTokenReuseException"


def patch_rotation() -> None:
    create, update = provisioners._cognito_user_pool_client_create, provisioners._cognito_user_pool_client_update
    refresh, initiate = cognito._get_tokens_from_refresh_token, cognito._initiate_auth
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Cognito::UserPoolClient"]
    expect(handlers["create"] is create and handlers["update"] is update, "the provisioner of UserPoolClient")

    def keep(client_id: str, properties: dict[str, Any]) -> None:
        pool = cognito._user_pools.get(properties["UserPoolId"]) or {}
        pool["_clients"][client_id]["RefreshTokenRotation"] = properties.get("RefreshTokenRotation") or {}

    def created(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        made = create(logical_id, properties, stack)
        keep(made[0], properties)
        return made

    def updated(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None) -> Any:
        made = update(physical_id, old, new, stack, logical_id)
        keep(made[0], new)
        return made

    def rotation(client_id: str | None) -> tuple[Any, dict[str, Any]]:
        pool, _ = cognito._pool_for_client(client_id)
        client = pool["_clients"][client_id] if pool else {}
        setting = client.get("RefreshTokenRotation") or {}
        return pool, setting if setting.get("Feature") == "ENABLED" else {}

    def rotated(data: dict[str, Any]) -> Answer:
        pool, setting = rotation(data.get("ClientId"))
        old = str(data.get("RefreshToken") or "")
        if setting:
            retired = pool.setdefault("_retired_refresh_tokens", {})
            until = retired.get(hashlib.sha256(old.encode()).hexdigest())
            if until is not None and time.time() > until:
                return refusal(REUSED, "Refresh token has been invalidated by rotation")
        answer: Answer = refresh(data)
        if not setting or answer[0] >= 400:
            return answer
        result = json.loads(answer[2])
        claims = cognito._token_claims(old)
        # The session's end stays where it was: a new token lives as long as the first one would have.
        fresh = {**claims, "jti": cognito.new_uuid(), "iat": int(time.time())}
        pool_id = str(claims["iss"]).rsplit("/", 1)[-1]
        result["AuthenticationResult"]["RefreshToken"] = cognito._signed_jwt(fresh, pool_id, "access")
        now = time.time()
        for key in [key for key, until in retired.items() if until < now - 30 * 86400]:
            del retired[key]
        retired.setdefault(hashlib.sha256(old.encode()).hexdigest(), now + setting.get("RetryGracePeriodSeconds", 0))
        rotated_answer: Answer = cognito.json_response(result)
        return rotated_answer

    def begun(data: dict[str, Any]) -> Answer:
        if str(data.get("AuthFlow")) in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN") and rotation(data.get("ClientId"))[1]:
            return refusal("NotAuthorizedException", "Refresh token rotation is on: use GetTokensFromRefreshToken.")
        answer: Answer = initiate(data)
        return answer

    handlers.update(create=created, update=updated)
    cognito._get_tokens_from_refresh_token = rotated
    cognito._initiate_auth = begun


# 6. A new e-mail address counts once its code was entered (AttributesRequireVerificationBeforeUpdate, which
#    MiniStack stores and ignores), and VerifyUserAttribute, which it does not have.

EMAIL_CODE = "123456"  # as MiniStack's other codes


def patch_email_change() -> None:
    update, dispatch = cognito._update_user_attributes, cognito._dispatch_idp
    expect(not hasattr(cognito, "_verify_user_attribute"), "it has VerifyUserAttribute now")

    def taken(pool: dict[str, Any], email: str, user: dict[str, Any]) -> bool:
        other = cognito._resolve_user(pool, email)[0]
        return other is not None and other is not user

    def updated(data: dict[str, Any]) -> Answer:
        user, pool = cognito._user_pool_for_access_token(data.get("AccessToken", ""))
        wanted = {item["Name"]: item.get("Value", "") for item in data.get("UserAttributes", [])}
        settings = (pool or {}).get("UserAttributeUpdateSettings") or {}
        if user is None or "email" not in wanted or "email" not in settings.get("AttributesRequireVerificationBeforeUpdate", []):
            unchanged: Answer = update(data)
            return unchanged
        if taken(pool, wanted["email"], user):
            return refusal("AliasExistsException", "An account with the given email already exists.")
        user["_new_email"] = wanted.pop("email")
        rest = [item for item in data["UserAttributes"] if item["Name"] in wanted]
        answer: Answer = update({**data, "UserAttributes": rest})
        if answer[0] >= 400:
            return answer
        cognito._send_verification_email(pool, user["Username"], {"email": user["_new_email"]}, EMAIL_CODE)
        detail = {"Destination": user["_new_email"], "DeliveryMedium": "EMAIL", "AttributeName": "email"}
        sent: Answer = cognito.json_response({"CodeDeliveryDetailsList": [detail]})
        return sent

    def verified(data: dict[str, Any]) -> Answer:
        user, pool = cognito._user_pool_for_access_token(data.get("AccessToken", ""))
        if user is None:
            return refusal("NotAuthorizedException", "Invalid Access Token")
        if data.get("AttributeName") != "email" or "_new_email" not in user:
            return refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")
        if data.get("Code") != EMAIL_CODE:
            return refusal("CodeMismatchException", "Invalid verification code provided, please try again.")
        email = user.pop("_new_email")
        if taken(pool, email, user):
            return refusal("AliasExistsException", "An account with the given email already exists.")
        new = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        user["Attributes"] = cognito._merge_attributes(user["Attributes"], new)
        done: Answer = cognito.json_response({})
        return done

    async def dispatched(action: str, data: dict[str, Any]) -> Answer:
        if action == "VerifyUserAttribute":
            ran: Answer = await cognito.run_reentrant(cognito._run_idp_handler, verified, action, data)
            return ran
        answer: Answer = await dispatch(action, data)
        return answer

    cognito._UNSIGNED_IDP_ACTIONS.add("VerifyUserAttribute")
    cognito._update_user_attributes = updated
    cognito._dispatch_idp = dispatched


def apply() -> None:
    patch_email_change()
    patch_issuer()
    patch_identity_providers()
    patch_federated_pkce()
    patch_post_confirmation()
    patch_rotation()
