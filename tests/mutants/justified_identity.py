"""Identity's survivors that no test should kill: why, and the changes as the report shows them."""

IDENTITY: dict[str, tuple[str, ...]] = {
    "A name by which a request remembers what it has done; nothing else that it does has this one.": (
        """\
-    return enter(request, request.once("exchange", redeem))
+    return enter(request, request.once(None, redeem))""",
        """\
-    return enter(request, request.once("exchange", redeem))
+    return enter(request, request.once("XXexchangeXX", redeem))""",
        """\
-    return enter(request, request.once("exchange", redeem))
+    return enter(request, request.once("EXCHANGE", redeem))""",
        """\
-    return enter(request, request.once("renew", lambda: _renewed(token)))
+    return enter(request, request.once(None, lambda: _renewed(token)))""",
        """\
-    return enter(request, request.once("renew", lambda: _renewed(token)))
+    return enter(request, request.once("XXrenewXX", lambda: _renewed(token)))""",
        """\
-    return enter(request, request.once("renew", lambda: _renewed(token)))
+    return enter(request, request.once("RENEW", lambda: _renewed(token)))""",
    ),
    "In which case it is hashed nobody sees: an address is one account however it is written, either way.": (
        """\
-    return hashlib.sha256(account.lower().encode()).hexdigest()
+    return hashlib.sha256(account.upper().encode()).hexdigest()""",
    ),
}
