"""Money: orders, payments, refunds, coupons, and the books that explain every paisa."""
