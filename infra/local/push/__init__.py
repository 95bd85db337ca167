"""The stand-in for browsers and their push services: it subscribes, takes what is pushed, and can read it."""
