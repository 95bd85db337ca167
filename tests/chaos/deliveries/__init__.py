"""Deliveries attacked: what is published is delivered twice, late, out of order, to consumers that die; nothing is lost, nothing doubled."""
