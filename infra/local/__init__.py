"""The academy's cloud on one machine: what `make run` starts."""
