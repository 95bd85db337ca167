"""What stands around the academy on a developer's machine: the front door, Google, the vendors."""
