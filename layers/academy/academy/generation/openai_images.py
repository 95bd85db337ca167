"""The image model, by OpenAI's SDK. Only `functions/generation_tasks` carries that package and imports this.

DALL·E 2 and 3 were shut down on 2026-05-12; their successors are the GPT image models on the same endpoint. Those
always answer with base64 and refuse `response_format` and `style`.
"""

import base64
import binascii
import hashlib

from openai import APIError, APIStatusError, APITimeoutError, OpenAI, Timeout
from openai.types import ImagesResponse

from academy.generation.settings import CONNECT_SECONDS
from academy.generation.vendors import (
    Charge,
    GenerationError,
    ImageAnswer,
    ImageRequest,
    Usage,
    VendorRefused,
    VendorRejected,
    VendorThrottled,
    VendorTimeout,
    VendorUnavailable,
)

SIZE = "1536x1024"
REFUSALS = frozenset({"moderation_blocked", "content_policy_violation"})
CREDIT_GONE = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


class GptImage:
    """Nothing is retried here: the state machine does, and a drawn picture takes over when it gives up."""

    def __init__(self, *, model: str, api_key: str, timeout: float) -> None:
        self._model = model
        self._client = OpenAI(api_key=api_key, timeout=Timeout(timeout, connect=CONNECT_SECONDS), max_retries=0)

    @property
    def name(self) -> str:
        return self._model

    def draw(self, request: ImageRequest) -> ImageAnswer:
        try:
            response = self._client.images.generate(
                model=self._model,
                prompt=request.prompt,
                n=1,
                size=SIZE,
                quality="medium",
                output_format="png",
                safety_identifier=hashlib.sha256(request.on_behalf_of.encode()).hexdigest(),
            )
        except APIError as error:
            raise _translated(error) from error
        except ValueError as error:  # a body that says it is JSON and is not
            raise VendorUnavailable("the image model's answer can't be read") from error
        # The SDK hands over whatever came with status 200: a proxy's page as text, another object without what it should have.
        if not isinstance(response, ImagesResponse) or getattr(response, "data", None) is None:
            raise VendorUnavailable("the image model's answer can't be read")
        charge = Charge(purpose=request.purpose, model=self._model, usage=_usage(response), request_id=response._request_id)
        encoded = response.data[0].b64_json if response.data else None
        try:
            content = base64.b64decode(encoded or "", validate=True)
        except binascii.Error as error:
            raise VendorUnavailable("the image model's answer can't be read", charges=(charge,)) from error
        if not content.startswith(b"\x89PNG\r\n\x1a\n"):
            raise VendorUnavailable("the image model did not send a PNG", charges=(charge,))
        return ImageAnswer(content=content, content_type="image/png", charge=charge)


def _usage(response: ImagesResponse) -> Usage:
    usage = getattr(response, "usage", None)
    if usage is None:
        return Usage()
    return Usage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)


def _translated(error: APIError) -> GenerationError:
    if isinstance(error, APITimeoutError):
        return VendorTimeout("the image model did not answer in time")
    if isinstance(error, APIStatusError):
        return _of_status(error)
    return VendorUnavailable("the image model can't be reached or read")


def _of_status(error: APIStatusError) -> GenerationError:
    match error.status_code:
        case 400 if error.code in REFUSALS:
            return VendorRefused("the image model declined to draw this")
        case 429 if error.code in CREDIT_GONE:
            return VendorRejected("the image model's spending limit is reached")
        case 429:
            return VendorThrottled("the image model asks for a pause")
        case 408 | 504:
            return VendorTimeout("the image model did not answer in time")
        case status if status == 409 or status >= 500:
            return VendorUnavailable(f"the image model is unavailable (status {status})")
        case status:
            return VendorRejected(f"the image model did not accept the request (status {status})")
