"""What MiniStack's SES lacks. Applied by `patches.py`, in MiniStack's own virtual environment."""

import json
from typing import Any

import ministack.services.ses_v2 as ses

SEND_EMAIL = "/v2/email/outbound-emails"


# A mail's own headers (List-Unsubscribe) are dropped; `make inbox` and tests want to see them.
def apply() -> None:
    handle, sent = ses.handle_request, ses._sent_emails_list

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
        answer = await handle(method, path, headers, body, query_params)
        if method == "POST" and path.rstrip("/") == SEND_EMAIL and answer[0] == 200:
            own = json.loads(body)["Content"].get("Simple", {}).get("Headers", [])
            sent()[-1]["Headers"] = {header["Name"]: header["Value"] for header in own}
        return answer

    ses.handle_request = handle_request
