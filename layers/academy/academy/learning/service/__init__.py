"""The rules of learning, a file a use case."""
