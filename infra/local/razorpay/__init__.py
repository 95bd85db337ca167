"""The stand-in for Razorpay: a bank that pays with play money, behind the vendor's HTTP."""
