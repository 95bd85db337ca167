"""Stand-ins that speak the vendors' HTTP, so that the real SDKs run without a key or a network."""
