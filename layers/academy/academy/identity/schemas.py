"""What comes in and goes out of identity."""

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from academy.platform.http import Query, Schema, View, example

RESERVED_USERNAMES = frozenset(
    {"academy", "admin", "administrator", "anonymous", "api", "help", "me", "moderator", "null", "root", "support", "system", "undefined"}
)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}\Z")
_LOOK_ALIKE = frozenset({"LATIN", "GREEK", "CYRILLIC"})
OLDEST = 120
"""Years."""
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f<>]+\Z")


def _email(value: str) -> str:
    if not _EMAIL.match(value) or ".." in value:
        raise ValueError("this is not an e-mail address")
    return value.lower()


def _name(value: str) -> str:
    if not _PRINTABLE.match(value):
        raise ValueError("a name has no control characters and no angle brackets")
    return value


def _username(value: str) -> str:
    if value.lower() in RESERVED_USERNAMES:
        raise ValueError("this name is reserved")
    return value


def _pseudonym(value: str) -> str:
    """Letters of any script, but not of those that are mistaken for each other: an А is no A."""
    value = unicodedata.normalize("NFKC", value)
    plain = "".join(character for character in value.lower() if character.isalnum())
    if not 3 <= len(value) <= 30 or not plain:
        raise ValueError("a pseudonym has 3 to 30 characters")
    if not all(character in " ._-" or unicodedata.category(character)[0] in "LMN" for character in value) or re.search(r"[ ._-]{2}", value):
        raise ValueError("a pseudonym has letters and digits, with single spaces, dots, hyphens or underscores between them")
    if len({unicodedata.name(character, "").split()[0] for character in value if character.isalpha()} & _LOOK_ALIKE) > 1:
        raise ValueError("a pseudonym does not mix Latin, Greek and Cyrillic letters")
    if plain in RESERVED_USERNAMES:
        raise ValueError("this name is reserved")
    return value


def _time_zone(value: str) -> str:
    """Whether there is such a zone the database says; this is about names that it takes and that are none."""
    if value != "UTC" and ("/" not in value or value.startswith(("posix/", "right/"))):
        raise ValueError("the IANA name of a time zone is expected, such as Asia/Kolkata")
    return value


def _birth(value: date) -> date:
    today = datetime.now(UTC).date()
    if value > today:
        raise ValueError("a date of birth is not in the future")
    if today.year - value.year > OLDEST:
        raise ValueError(f"a date of birth is not more than {OLDEST} years ago")
    return value


Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_email)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_name)]
FullName = Annotated[str, Field(min_length=2, max_length=200), AfterValidator(_name)]
Username = Annotated[
    str, Field(min_length=3, max_length=30, pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$"), AfterValidator(_username)
]
# Not trimmed: a space is a character of a password like any other.
Password = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=256)]
Pseudonym = Annotated[str, Field(min_length=3, max_length=30), AfterValidator(_pseudonym)]
TimeZone = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9/_+-]*$"), AfterValidator(_time_zone)]
BirthDate = Annotated[date, AfterValidator(_birth)]
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Minutes = Annotated[int, Field(ge=0, le=7 * 24 * 60)]
StudyTimeName = Literal["morning", "afternoon", "evening", "night"]
BoardVisibilityName = Literal["named", "pseudonym", "hidden"]
ProfileVisibilityName = Literal["public", "private"]
OpenRole = Literal["student", "instructor"]
"""What one may call oneself; admins are made by admins."""
RedirectUri = Annotated[str, Field(min_length=1, max_length=500)]


class LoginQuery(Query):
    redirect_uri: RedirectUri
    state: Annotated[str, Field(min_length=1, max_length=500)]
    code_challenge: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class CodeExchange(Schema):
    """`codeVerifier` is that of RFC 7636, section 4.1."""

    code: Annotated[str, Field(min_length=1, max_length=2048)]
    code_verifier: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{43,128}$")]
    redirect_uri: RedirectUri


class NewAccount(Schema):
    model_config = example(
        email="uma@example.com", password="Academy-2026!", firstName="Uma", lastName="Devi", username="uma.devi", role="student"
    )

    email: Email
    password: Password
    first_name: Name
    last_name: Name
    username: Username
    role: OpenRole = "student"
    preferred_study_time: StudyTimeName | None = None


class Confirmation(Schema):
    email: Email
    code: Code


class EmailOnly(Schema):
    email: Email


class PasswordReset(Schema):
    email: Email
    code: Code
    new_password: Password


class Credentials(Schema):
    model_config = example(email="uma@example.com", password="Academy-2026!")

    email: Annotated[str, Field(min_length=1, max_length=254)]
    password: Password


class Onboarding(Schema):
    """`year` is the year of study (1 to 10) or of graduation; an instructor may leave branch and year out."""

    model_config = example(fullName="Uma Devi", role="student", domain="engineering", branch="Civil", year=2)

    full_name: FullName
    role: OpenRole
    domain: Annotated[str, Field(min_length=1, max_length=50)]
    branch: Name | None = None
    year: Annotated[int, Field(ge=1, le=2100)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.role == "student" and (self.branch is None or self.year is None):
            raise ValueError("a student has a branch and a year")
        if self.year is not None and 10 < self.year < 1950:
            raise ValueError("a year of study (1 to 10) or of graduation (from 1950)")
        return self


class ProfileUpdate(Schema):
    """What is left out stays. A new password needs the current one; a new e-mail address holds once its code is entered.

    `timeZone` (an IANA name) is where one's days begin and end. By `dateOfBirth`, which nobody else is shown, who is under 18 is on no
    leaderboard until they choose otherwise.
    """

    model_config = example(firstName="Uma", weeklyLearningGoal=240, timeZone="Asia/Kolkata")

    first_name: Name | None = None
    last_name: Name | None = None
    full_name: FullName | None = None
    email: Email | None = None
    username: Username | None = None
    weekly_learning_goal: Minutes | None = None
    time_zone: TimeZone | None = None
    date_of_birth: BirthDate | None = None
    current_password: Password | None = None
    new_password: Password | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.new_password is not None and self.current_password is None:
            raise ValueError("a new password needs currentPassword")
        if not self.model_fields_set:
            raise ValueError("there is nothing to change")
        return self


class EmailCode(Schema):
    code: Code


class Preferences(Schema):
    """What is left out stays; `notificationPreference` is a channel, a switch, or a switch for each channel.

    On leaderboards one is `named`, under a `pseudonym` (one is made up if none is given) or `hidden`. A `private` profile is there for
    nobody else.
    """

    model_config = example(preferredStudyTime="evening", weeklyLearningGoal=240, leaderboardVisibility="pseudonym", pseudonym="Quiet Owl")

    notification_preference: (
        Literal["all", "email", "push", "in_app", "sms", "none"]
        | bool
        | Annotated[dict[Annotated[str, Field(min_length=1, max_length=30)], bool], Field(max_length=20)]
        | None
    ) = None
    preferred_study_time: StudyTimeName | None = None
    weekly_learning_goal: Minutes | None = None
    leaderboard_visibility: BoardVisibilityName | None = None
    pseudonym: Pseudonym | None = None
    profile_visibility: ProfileVisibilityName | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("there is nothing to change")
        return self


class UsernameCheck(Schema):
    model_config = example(username="uma.devi")

    username: Annotated[str, Field(min_length=3, max_length=30, pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$")]


class DomainView(View):
    slug: str
    name: str


class AuthConfigView(View):
    """What a frontend's OAuth client needs. `domain` is the base address of the hosted sign-in page."""

    region: str
    user_pool_id: str
    client_id: str
    domain: str
    login_url: str
    providers: list[str]
    scopes: list[str]
    redirect_uris: list[str]


class UserView(View):
    """A user as they see themselves. Study goals in minutes; `instructorApproved` is null for who does not teach."""

    id: UUID
    email: str | None
    email_verified: bool
    username: str | None
    first_name: str | None
    last_name: str | None
    full_name: str | None
    role: Literal["student", "instructor", "admin"]
    status: Literal["active", "suspended"]
    instructor_approved: bool | None
    domain: str | None
    branch: str | None
    year: int | None
    onboarded: bool
    time_zone: str
    date_of_birth: date | None
    leaderboard_visibility: BoardVisibilityName
    pseudonym: str | None
    profile_visibility: ProfileVisibilityName
    preferred_study_time: StudyTimeName | None
    weekly_learning_goal: int | None
    notification_preference: Any
    xp_total: int
    current_streak: int
    longest_streak: int
    created_at: datetime
    updated_at: datetime


class NewUserView(UserView):
    """`confirmationRequired`: a code was sent to the e-mail address and has to be entered first."""

    confirmation_required: bool


class UpdatedUserView(UserView):
    """`emailPending`: the new address holds once its code is entered. The tokens are new after a change of password, which ends every other sign-in."""

    email_pending: bool | None = None
    access_token: str | None = None
    id_token: str | None = None
    expires_in: int | None = None


class TokensView(View):
    """`expiresIn` in seconds. The refresh token is in an HttpOnly cookie."""

    access_token: str
    id_token: str
    expires_in: int
    user: UserView
    onboarding_required: bool
    permissions: list[str]


class SignInView(View):
    """Tokens, or a `challenge` (TOTP, SMS, EMAIL) with its `session`."""

    access_token: str | None = None
    id_token: str | None = None
    expires_in: int | None = None
    user: UserView | None = None
    onboarding_required: bool | None = None
    permissions: list[str] | None = None
    challenge: Literal["TOTP", "SMS", "EMAIL"] | None = None
    session: str | None = None


class AuthCheckView(View):
    authenticated: bool
    user: UserView | None
    onboarding_required: bool
    permissions: list[str]


class UsernameView(View):
    available: bool
    suggestions: list[str]


class SentView(View):
    """Always the same, whether there is such an account or not."""

    sent: bool


class ConfirmedView(View):
    confirmed: bool
