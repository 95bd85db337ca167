"""Money under fire: random histories of buying, paying, refunding, and a vendor and a database that fail."""
