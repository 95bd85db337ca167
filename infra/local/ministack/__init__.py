"""What runs inside MiniStack's own virtual environment; it imports nothing else of the repository."""
