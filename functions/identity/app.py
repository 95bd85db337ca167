"""Identity: signing up, in and out, onboarding, profile."""

from uuid import UUID

from academy.engagement import profile
from academy.identity import profiles, repository, schemas, signing_in, signing_up
from academy.platform.http import Answer, Api, Json, Request, Rows, member, ok, public, redirect, signed_in

api = Api("identity")
handler = api.handler

CALLS = "authentication_calls"


@api.get("/auth/config", access=public(), answers=schemas.AuthConfigView, public_cache=True)
def get_auth_config(request: Request) -> Answer:
    """What a frontend's OAuth client needs to know."""
    return ok(signing_in.client_config())


@api.get("/domains", access=public(), answers=list[schemas.DomainView], public_cache=True)
def list_domains(request: Request) -> Answer:
    """The academy's fields of study, for onboarding and for filters."""
    return ok(Json(request.work.value(repository.DOMAINS)))


@api.get("/auth/login", access=public(limit=CALLS, lenient=True), status=302, media_type="text/plain")
def start_login(request: Request, query: schemas.LoginQuery) -> Answer:
    """To the hosted sign-in page at Google (authorization code with PKCE)."""
    return redirect(signing_in.login_url(query))


@api.post("/auth/token", access=public(limit=CALLS, lenient=True), answers=schemas.TokensView, errors=[401, 403], idempotent=False)
def exchange_code(request: Request, body: schemas.CodeExchange) -> Answer:
    """The hosted page's code for tokens; the refresh token comes as a cookie."""
    return signing_in.exchange_code(request, body)


@api.post("/auth/signup", access=public(limit=CALLS, lenient=True), status=201, answers=schemas.NewUserView, errors=[409, 422])
def sign_up(request: Request, body: schemas.NewAccount) -> Answer:
    """Make an account with a password. A code is sent to the e-mail address."""
    return signing_up.sign_up(request, body)


@api.post("/users/register", access=public(limit=CALLS, lenient=True), status=201, answers=schemas.NewUserView, errors=[409, 422])
def register_user(request: Request, body: schemas.NewAccount) -> Answer:
    """Make an account with a password: the older name of /auth/signup."""
    return signing_up.sign_up(request, body)


@api.post("/auth/confirm", access=public(limit=CALLS, lenient=True), answers=schemas.ConfirmedView, errors=[409], idempotent=False)
def confirm_sign_up(request: Request, body: schemas.Confirmation) -> Answer:
    """Enter the code that was sent at sign-up."""
    return ok(signing_up.confirm(request, body))


@api.post("/auth/confirm/resend", access=public(limit=CALLS, lenient=True), answers=schemas.SentView, idempotent=False)
def resend_code(request: Request, body: schemas.EmailOnly) -> Answer:
    """Send the code of a sign-up again, if there is such an account."""
    return ok(signing_up.resend(request, body.email))


@api.post("/auth/password/forgot", access=public(limit=CALLS, lenient=True), answers=schemas.SentView, idempotent=False)
def forgot_password(request: Request, body: schemas.EmailOnly) -> Answer:
    """Send a code for a new password, if there is such an account."""
    return ok(signing_up.forgot(request, body.email))


@api.post("/auth/password/reset", access=public(limit=CALLS, lenient=True), answers=schemas.ConfirmedView, idempotent=False)
def reset_password(request: Request, body: schemas.PasswordReset) -> Answer:
    """Set a new password by the code. Every sign-in made before ends."""
    return ok(signing_up.reset(request, body))


@api.post("/auth/signin", access=public(limit=CALLS, lenient=True), answers=schemas.SignInView, errors=[401, 403], idempotent=False)
def sign_in(request: Request, body: schemas.Credentials) -> Answer:
    """Sign in with e-mail address and password. Tokens, or the second factor that is asked for."""
    return signing_in.sign_in(request, body)


@api.post("/auth/refresh", access=public(limit=CALLS, lenient=True), answers=schemas.TokensView, errors=[401, 403], idempotent=False)
def renew_tokens(request: Request) -> Answer:
    """New tokens by the cookie, which is replaced too."""
    return signing_in.renew(request)


@api.post("/auth/logout", access=public(limit=CALLS, lenient=True), status=204, idempotent=False)
def sign_out(request: Request) -> Answer:
    """End this sign-in everywhere at once, its access token included."""
    return signing_in.sign_out(request)


@api.get("/auth/check", access=public(lenient=True), answers=schemas.AuthCheckView, errors=[403])
def check_sign_in(request: Request) -> Answer:
    """Who is signed in, whether onboarding is due, and what they may do."""
    return signing_in.check(request)


@api.post("/auth/onboarding", access=signed_in(), answers=schemas.UserView, errors=[409])
def complete_onboarding(request: Request, body: schemas.Onboarding) -> Answer:
    """Tell the academy who one is. Once."""
    return profiles.onboard(request, body)


@api.get("/users/{id}/profile", access=member(rows=Rows.ANY), answers=profile.ProfileView)
def get_profile(request: Request, id: UUID) -> Answer:
    """A person: everything to themselves and to admins, the public part to others."""
    return profile.get(request, id)


@api.put("/profile/update", access=member(), answers=schemas.UpdatedUserView, errors=[409, 412, 422])
def update_profile(request: Request, body: schemas.ProfileUpdate) -> Answer:
    """Change names, username, goal, time zone, date of birth, e-mail address or password."""
    return profiles.update(request, body)


@api.post("/profile/email/confirm", access=member(), answers=schemas.UserView, errors=[409], idempotent=False)
def confirm_email(request: Request, body: schemas.EmailCode) -> Answer:
    """Enter the code that was sent to a new e-mail address."""
    return profiles.confirm_email(request, body.code)


@api.put("/profile/preferences", access=member(), answers=schemas.UserView, errors=[409, 412])
def set_preferences(request: Request, body: schemas.Preferences) -> Answer:
    """Change how and when one studies, is told of things and is shown to others."""
    return profiles.set_preferences(request, body)


@api.post("/profile/check-username", access=signed_in(), answers=schemas.UsernameView, idempotent=False, writes=False)
def check_username(request: Request, body: schemas.UsernameCheck) -> Answer:
    """Is this username free, and which ones like it are?"""
    return ok(profiles.check_username(request, body.username))
