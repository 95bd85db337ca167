"""The books: a double-entry ledger, and invoices by the Indian GST rules."""
