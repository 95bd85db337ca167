"""Comparing with the payment vendor: whatever message was lost, whatever was cut off half-way, is found and put right, or told exactly."""

from academy.payments.reconciliation.running import carry_out, list_reconciliations, request_reconciliation, scheduled

__all__ = ["carry_out", "list_reconciliations", "request_reconciliation", "scheduled"]
