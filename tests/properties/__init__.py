"""What must hold whatever is done and in whichever order: hypothesis looks for the counterexample."""
