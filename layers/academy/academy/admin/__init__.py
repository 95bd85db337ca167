"""What runs the academy as a whole: it may look at every context, and none looks at it."""
