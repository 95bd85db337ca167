"""XP: a ledger that adds up, the rules that it is booked by, and what is held until somebody has looked."""
