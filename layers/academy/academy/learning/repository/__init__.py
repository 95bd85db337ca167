"""Every statement of learning, by use case. Each is scoped by who asks: what a caller may not see is a missing row."""
