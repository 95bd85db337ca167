"""Certificates: issued once for a completed course, verifiable for ever, revoked but never deleted."""
