"""The text model, by Anthropic's SDK. Only `functions/generation_tasks` carries that package and imports this."""

from anthropic import Anthropic, APIError, APIStatusError, APITimeoutError, Timeout, transform_schema
from anthropic.types import Message, MessageParam, TextBlockParam

from academy.generation.settings import CONNECT_SECONDS
from academy.generation.vendors import (
    Charge,
    GenerationError,
    TextAnswer,
    TextRequest,
    Turn,
    Usage,
    VendorRefused,
    VendorRejected,
    VendorThrottled,
    VendorTimeout,
    VendorUnavailable,
)

# A rate limit passes; these 429s are spending caps that stand until next month or until somebody pays.
SPENDING_CAPS = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})


class Claude:
    """Structured output (`output_config.format`) rather than a forced tool: it may be used while the model thinks.

    Nothing is retried here: the state machine does, with jitter, and counts. `timeout` is in seconds and has to be
    less than half of the task's, which may ask twice. The models of this generation take no temperature and no
    prefilled answer, and think as much as `effort` lets them; thinking counts toward `max_tokens`.
    """

    def __init__(self, *, model: str, api_key: str, timeout: float) -> None:
        self._model = model
        self._client = Anthropic(api_key=api_key, timeout=Timeout(timeout, connect=CONNECT_SECONDS), max_retries=0)

    @property
    def name(self) -> str:
        return self._model

    def write(self, request: TextRequest) -> TextAnswer:
        try:
            message = self._client.messages.create(
                model=self._model,
                max_tokens=request.max_tokens,
                system=request.system,
                messages=_messages(request),
                output_config={
                    "effort": "medium",
                    # Bounds that the vendor's grammar can't hold become prose in the schema's descriptions.
                    "format": {"type": "json_schema", "schema": transform_schema(dict(request.schema))},
                },
                metadata={"user_id": request.on_behalf_of},
            )
        except APIError as error:
            raise _translated(error) from error
        except ValueError as error:  # a body that says it is JSON and is not
            raise VendorUnavailable("the text model's answer can't be read") from error
        # The SDK hands over whatever came with status 200: a proxy's page as text, another object without what it should have.
        if not isinstance(message, Message) or getattr(message, "usage", None) is None or getattr(message, "content", None) is None:
            raise VendorUnavailable("the text model's answer can't be read")
        charge = Charge(purpose=request.purpose, model=self._model, usage=_usage(message), request_id=message._request_id)
        if message.stop_reason == "refusal":
            raise VendorRefused("the text model declined to write about this", charges=(charge,))
        if message.stop_reason == "model_context_window_exceeded":
            raise VendorRejected("the request is longer than the text model can read", charges=(charge,))
        text = "".join(block.text for block in message.content if block.type == "text")
        return TextAnswer(text=text, charge=charge, cut_off=message.stop_reason == "max_tokens")


def _messages(request: TextRequest) -> list[MessageParam]:
    prefix: list[TextBlockParam] = [{"type": "text", "text": part, "cache_control": {"type": "ephemeral"}} for part in request.context]
    first, *rest = request.turns
    return [
        {"role": "user", "content": [*prefix, {"type": "text", "text": first.text}]},
        *(_message(turn) for turn in rest),
    ]


def _message(turn: Turn) -> MessageParam:
    if turn.role == "assistant":
        return {"role": "assistant", "content": turn.text}
    return {"role": "user", "content": turn.text}


def _usage(message: Message) -> Usage:
    usage = message.usage
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_write_tokens=usage.cache_creation_input_tokens or 0,
        cache_read_tokens=usage.cache_read_input_tokens or 0,
    )


def _translated(error: APIError) -> GenerationError:
    """The vendor's words stay out of what a learner may read; they are in the chained exception, for the log."""
    if isinstance(error, APITimeoutError):
        return VendorTimeout("the text model did not answer in time")
    if isinstance(error, APIStatusError):
        return _of_status(error)
    return VendorUnavailable("the text model can't be reached or read")


def _of_status(error: APIStatusError) -> GenerationError:
    match error.status_code:
        case 429 if error.error_code in SPENDING_CAPS:
            return VendorRejected("the text model's spending limit is reached")
        case 429:
            pause = _seconds(error.response.headers.get("retry-after"))
            return VendorThrottled("the text model asks for a pause", retry_after=pause)
        case 408 | 504:
            return VendorTimeout("the text model did not answer in time")
        case status if status == 409 or status >= 500:
            return VendorUnavailable(f"the text model is unavailable (status {status})")
        case status:
            return VendorRejected(f"the text model did not accept the request (status {status}, {error.type})")


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header is not None else None
    except ValueError:
        return None
