"""The vendor's keys, from Secrets Manager, and the gateway that uses them. A rotation is seen within five minutes, without a deployment."""

import json
import time
from dataclasses import dataclass
from functools import lru_cache

from academy.payments.gateway import Gateway, GatewayUnavailable
from academy.platform.aws import client, out_of_reach
from academy.platform.config import config
from academy.platform.observability import logger

FRESH_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Keys:
    """`webhook_secrets`: one, or two while the vendor is told of a new one."""

    key_id: str
    key_secret: str
    webhook_secrets: tuple[str, ...]

    def __repr__(self) -> str:
        """Without the secrets: this may end in a log."""
        return f"Keys({self.key_id})"


@dataclass(slots=True)
class _Known:
    keys: Keys | None = None
    read_at: float = 0.0


_known = _Known()


def keys() -> Keys:
    """Raises GatewayUnavailable where they have never been read and can't be now. Known ones outlive a Secrets Manager in trouble."""
    now = time.monotonic()
    if _known.keys is not None and now - _known.read_at < FRESH_SECONDS:
        return _known.keys
    try:
        _known.keys, _known.read_at = read(), now
    except Exception as error:
        if not out_of_reach(error):
            raise
        if _known.keys is None:
            raise GatewayUnavailable from error
    return _known.keys


def forget() -> None:
    """Read them again the next time, and begin a new gateway with them."""
    _known.keys = None
    _gateway.cache_clear()


def read() -> Keys:
    """Raises GatewayUnavailable for a secret that nobody has filled yet, as the template makes it."""
    secret = json.loads(client("secretsmanager").get_secret_value(SecretId=config().razorpay_secret_arn)["SecretString"])
    if not secret["keyId"]:
        logger().error("the secret has no keys of the payment vendor yet")
        raise GatewayUnavailable
    return Keys(secret["keyId"], secret["keySecret"], tuple(secret["webhookSecrets"]))


def gateway() -> Gateway:
    """The vendor, with the present keys."""
    return _gateway(keys())


@lru_cache(maxsize=1)
def _gateway(known: Keys) -> Gateway:
    from academy.payments import razorpay_gateway

    return razorpay_gateway.RazorpayGateway(known, config().razorpay_base_url)
