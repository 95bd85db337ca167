class LocalCloudError(Exception):
    """Something a person has to put right; the message is one sentence that says what and how."""
