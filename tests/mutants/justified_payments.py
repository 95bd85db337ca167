"""Survivors of payments and engagement that no test should kill: why, and the changes as the report shows them."""

PAYMENTS: dict[str, tuple[str, ...]] = {
    "A name under which a request remembers what it has asked for; any other that is not taken does.": (
        """\
-    facts = request.once("payment", lambda: keys.gateway().payment(told.razorpay_payment_id))
+    facts = request.once(None, lambda: keys.gateway().payment(told.razorpay_payment_id))""",
        """\
-    facts = request.once("payment", lambda: keys.gateway().payment(told.razorpay_payment_id))
+    facts = request.once("XXpaymentXX", lambda: keys.gateway().payment(told.razorpay_payment_id))""",
        """\
-    facts = request.once("payment", lambda: keys.gateway().payment(told.razorpay_payment_id))
+    facts = request.once("PAYMENT", lambda: keys.gateway().payment(told.razorpay_payment_id))""",
        """\
-        settled = _settle(request, request.once("capture", lambda: _captured(facts)))
+        settled = _settle(request, request.once(None, lambda: _captured(facts)))""",
        """\
-        settled = _settle(request, request.once("capture", lambda: _captured(facts)))
+        settled = _settle(request, request.once("XXcaptureXX", lambda: _captured(facts)))""",
        """\
-        settled = _settle(request, request.once("capture", lambda: _captured(facts)))
+        settled = _settle(request, request.once("CAPTURE", lambda: _captured(facts)))""",
    ),
    "What is missing is compared only to be found wrong; no signature is XXXX.": (
        """\
-    given = (signature or "").encode("utf-8", "surrogatepass")
+    given = (signature or "XXXX").encode("utf-8", "surrogatepass")""",
    ),
    "Python writes the names of encodings either way.": (
        """\
-    given = (signature or "").encode("utf-8", "surrogatepass")
+    given = (signature or "").encode("UTF-8", "surrogatepass")""",
    ),
    "Each character is in the alphabet once, wherever one begins to look.": (
        """\
-        product = ALPHABET.index(character) * (1 + position % 2)
+        product = ALPHABET.rindex(character) * (1 + position % 2)""",
    ),
    "What is left being the least that can be paid, the price but for the least is what is taken off anyway.": (
        """\
-    return max(0, price - least) if 0 < left < least else off
+    return max(0, price - least) if 0 < left <= least else off""",
    ),
    "None is as false as False.": (
        """\
-        _given_back(changes, refund, source, chargeback=False)
+        _given_back(changes, refund, source, chargeback=None)""",
    ),
    "To ask for nothing is a question more, and finds nothing.": (
        """\
-    rows = run.db.read(lambda work: work.rows(_KNOWN, ids=wanted)) if wanted else []
+    rows = run.db.read(lambda work: work.rows(_KNOWN, ids=wanted)) if (wanted) or True else []""",
    ),
    "Nobody can tell whether a run ended at the moment or right after it.": (
        """\
-            if time.monotonic() > ends:
+            if time.monotonic() >= ends:""",
    ),
}
