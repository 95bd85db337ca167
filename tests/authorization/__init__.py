"""Who may call what: every route as every kind of caller, on the running handlers."""
