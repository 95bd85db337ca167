"""What the user pool asks at a sign-up and tells after it. A failure here refuses the sign-up, so each trigger may run any number of times.

Source: Amazon Cognito developer guide, "Customizing user pool workflows with Lambda triggers".
"""

from typing import Any

from academy.identity import signing_up
from academy.platform.db import database


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    attributes = event["request"]["userAttributes"]
    match event["triggerSource"]:
        case "PreSignUp_ExternalProvider":
            signing_up.link_federated(username=event["userName"], attributes=attributes)
        case "PostConfirmation_ConfirmSignUp" | "PostConfirmation_ConfirmForgotPassword" as source:
            after_reset = source == "PostConfirmation_ConfirmForgotPassword"
            database().transact(lambda work: signing_up.confirmed(work, attributes=attributes, after_reset=after_reset))
    return event
