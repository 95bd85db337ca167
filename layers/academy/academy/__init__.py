"""The Desired Career Academy: one package, one folder a context."""
