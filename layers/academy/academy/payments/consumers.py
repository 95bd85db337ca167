"""What payments do when they hear of something: their own events, carried out beside the requests that wrote them."""

from collections.abc import Callable

from academy.payments import deliveries, reconciliation, refunds
from academy.payments.events import ReconciliationRequested, RefundRequested, WebhookReceived
from academy.payments.gateway import Gateway
from academy.platform.db import Database, UnitOfWork
from academy.platform.events import Envelope

HANDLES = frozenset({WebhookReceived.kind, RefundRequested.kind, ReconciliationRequested.kind})


def handle(db: Database, gateway: Gateway, envelope: Envelope, first: Callable[[UnitOfWork], bool]) -> None:
    """Act on an event. The vendor is asked outside of any transaction; `first` notes the event in the transaction of what came of it.

    Raises GatewayUnavailable, or Unavailable while another reconciliation is under way: the queue tries again.
    """
    if envelope.kind == WebhookReceived.kind:
        deliveries.act(db, gateway, WebhookReceived.model_validate(envelope.payload).webhook_event_id, first=first)
    elif envelope.kind == RefundRequested.kind:
        refunds.carry_out(db, gateway, RefundRequested.model_validate(envelope.payload).refund_id, first=first)
    elif envelope.kind == ReconciliationRequested.kind:
        reconciliation.carry_out(db, gateway, ReconciliationRequested.model_validate(envelope.payload).reconciliation_id, first=first)
