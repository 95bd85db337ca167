"""The platform's survivors that no test should kill: why, and the changes as the report shows them."""

PLATFORM: dict[str, tuple[str, ...]] = {
    "What is missing is asked for only to see that it is not something else; no value of ours is XXXX.": (
        """\
-    code = fields.get("C", "")
+    code = fields.get("C", "XXXX")""",
        """\
-    if not hmac.compare_digest(headers.get(SECRET_HEADER, "").encode(), secret.encode()):
+    if not hmac.compare_digest(headers.get(SECRET_HEADER, "XXXX").encode(), secret.encode()):""",
        """\
-    passed_by = [address.strip() for address in headers.get("x-forwarded-for", "").split(",")]
+    passed_by = [address.strip() for address in headers.get("x-forwarded-for", "XXXX").split(",")]""",
        """\
-    for part in request.headers.get("accept", "").split(","):
+    for part in request.headers.get("accept", "XXXX").split(","):""",
    ),
    "A key that was made for RS256 verifies nothing else.": (
        """\
-            algorithms=["RS256"],
+            algorithms=None,""",
        """\
-            algorithms=["RS256"],""",
    ),
    "None is as false as False.": (
        """\
-            if getattr(context, "parsed", False):
+            if getattr(context, "parsed", None):""",
        """\
-    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, default=str)
+    return json.dumps(data, separators=(",", ":"), ensure_ascii=None, default=str)""",
        """\
-        raise ConnectionLost(str(error), again=False) from error
+        raise ConnectionLost(str(error), again=None) from error""",
        """\
-    return Answer(error.status, json.dumps(body, ensure_ascii=False, default=str), headers=error.headers)
+    return Answer(error.status, json.dumps(body, ensure_ascii=None, default=str), headers=error.headers)""",
    ),
    "OrderedDict takes None for False.": (
        """\
-        self._passed.popitem(last=False)
+        self._passed.popitem(last=None)""",
    ),
    "A cursor's JSON ends with a bracket, and so its base64 with d, Q or 0.": (
        """\
-    cursor = base64.urlsafe_b64encode(shown[-1].cursor.encode()).rstrip(b"=").decode() if has_next else None
+    cursor = base64.urlsafe_b64encode(shown[-1].cursor.encode()).rstrip(b"XX=XX").decode() if has_next else None""",
    ),
    "Too short for the name of a request, as no name at all is.": (
        """\
-    sent = next((value for name, value in (event.get("headers") or {}).items() if name.lower() == "x-request-id"), "")
+    sent = next((value for name, value in (event.get("headers") or {}).items() if name.lower() == "x-request-id"), "XXXX")""",
    ),
    "A View says by itself that it goes out by its aliases.": (
        """\
-        return data.model_dump_json(by_alias=True)
+        return data.model_dump_json(by_alias=None)""",
    ),
    "Python writes the names of encodings either way.": (
        """\
-        data = body.encode("utf-8", "surrogatepass")
+        data = body.encode("UTF-8", "surrogatepass")""",
    ),
    "The lengths were compared two lines before.": (
        """\
-    for part, kind in zip(parts, kinds, strict=True):
+    for part, kind in zip(parts, kinds, ):""",
        """\
-    for part, kind in zip(parts, kinds, strict=True):
+    for part, kind in zip(parts, kinds, strict=False):""",
        """\
-    for part, kind in zip(parts, kinds, strict=True):
+    for part, kind in zip(parts, kinds, strict=None):""",
    ),
    "base64 takes more padding than it needs.": (
        """\
-        parts = json.loads(base64.urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4)))
+        parts = json.loads(base64.urlsafe_b64decode(self.cursor + "=" * (+len(self.cursor) % 4)))""",
    ),
    "A bound before decoding, far above the one after it.": (
        """\
-    if len(body) > MAX_RAW * 2:
+    if len(body) >= MAX_RAW * 2:""",
        """\
-    if len(body) > MAX_BODY * 2:
+    if len(body) >= MAX_BODY * 2:""",
    ),
    "A statement with optional parts is never sent itself, only without some of them or with all, which is a statement of its own.": (
        """\
-    self.text = _TOKEN.sub(number, _OPTIONAL.sub(r"\\1", source)).strip()
+    self.text = _TOKEN.sub(number, _OPTIONAL.sub(r"XX\\1XX", source)).strip()""",
    ),
    "The fingerprint of a request is compared with another made in the same way.": (
        """\
-    return hashlib.sha256(f"{method} {path}\\n{_PASSWORD.sub(r'\\1""', body)}".encode()).hexdigest()
+    return hashlib.sha256(f"{method} {path}\\n{_PASSWORD.sub(r'XX\\1""XX', body)}".encode()).hexdigest()""",
    ),
    "A round that took less than its limit is the last: nobody asks where it ended.": (
        """\
-        return _Round(0, 0, after)
+        return _Round(0, 0, None)""",
        """\
-        return _Round(0, 0, after)
+        return _Round(1, 0, after)""",
    ),
    "A parameter has an annotation, and what has none is not among them.": (
        """\
-    self.body: Any = hints.get("body") if "body" in names else None
+    self.body: Any = hints.get("body") if ("body" in names) or True else None""",
        """\
-    self.query: type[BaseModel] | None = hints.get("query") if "query" in names else None
+    self.query: type[BaseModel] | None = hints.get("query") if ("query" in names) or True else None""",
    ),
    "What is stripped begins neither with a tab nor with a line's end; such beginnings are looked for beside it.": (
        """\
-    return f"'{value}" if value.lstrip().startswith(("=", "+", "-", "@", "\\t", "\\r")) or value[:1] in {"\\t", "\\r", "\\n"} else value
+    return f"'{value}" if value.lstrip().startswith(("=", "+", "-", "@", "XX\\tXX", "\\r")) or value[:1] in {"\\t", "\\r", "\\n"} else value""",
        """\
-    return f"'{value}" if value.lstrip().startswith(("=", "+", "-", "@", "\\t", "\\r")) or value[:1] in {"\\t", "\\r", "\\n"} else value
+    return f"'{value}" if value.lstrip().startswith(("=", "+", "-", "@", "\\t", "XX\\rXX")) or value[:1] in {"\\t", "\\r", "\\n"} else value""",
    ),
    "The csv module's own line ends, said aloud.": (
        """\
-    writer = csv.writer(out, lineterminator="\\r\\n")
+    writer = csv.writer(out, )""",
    ),
    "Below zero is below zero.": (
        """\
-    best = {"text/csv": -1.0, "application/json": -1.0}
+    best = {"text/csv": -1.0, "application/json": -2.0}""",
        """\
-    best = {"text/csv": -1.0, "application/json": -1.0}
+    best = {"text/csv": -2.0, "application/json": -1.0}""",
    ),
    "A number that no two statements share, wherever it begins and however it goes on.": (
        """\
-    self._names_given += 1
+    self._names_given -= 1""",
        """\
-    self._names_given += 1
+    self._names_given += 2""",
        """\
-    self._names_given = 0
+    self._names_given = 1""",
    ),
    "Below every status that is an error.": (
        """\
-        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
+        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 1)""",
    ),
    "EventBridge answers with an entry for each entry.": (
        """\
-        accepted += [envelope.id for envelope, entry in zip(batch, answer["Entries"], strict=True) if "ErrorCode" not in entry]
+        accepted += [envelope.id for envelope, entry in zip(batch, answer["Entries"], strict=None) if "ErrorCode" not in entry]""",
        """\
-        accepted += [envelope.id for envelope, entry in zip(batch, answer["Entries"], strict=True) if "ErrorCode" not in entry]
+        accepted += [envelope.id for envelope, entry in zip(batch, answer["Entries"], ) if "ErrorCode" not in entry]""",
        """\
-        accepted += [envelope.id for envelope, entry in zip(batch, answer["Entries"], strict=True) if "ErrorCode" not in entry]
+        accepted += [envelope.id for envelope, entry in zip(batch, answer["Entries"], strict=False) if "ErrorCode" not in entry]""",
    ),
    "A round that failed raises its failure in the end, and nobody asks how many it published.": (
        """\
-        return _Round(len(rows), 0, rows[-1].id, error)
+        return _Round(len(rows), 1, rows[-1].id, error)""",
    ),
    "Python reads the names of numbers either way.": (
        """\
-    self._fetched_at = float("-inf")
+    self._fetched_at = float("-INF")""",
    ),
    "A token without an expiry is refused by what reads it a few lines later, too.": (
        """\
-            options={"verify_aud": False, "require_exp": True, "require_iat": True, "require_sub": True, "leeway": LEEWAY},
+            options={"verify_aud": False, "XXrequire_expXX": True, "require_iat": True, "require_sub": True, "leeway": LEEWAY},""",
        """\
-            options={"verify_aud": False, "require_exp": True, "require_iat": True, "require_sub": True, "leeway": LEEWAY},
+            options={"verify_aud": False, "REQUIRE_EXP": True, "require_iat": True, "require_sub": True, "leeway": LEEWAY},""",
        """\
-            options={"verify_aud": False, "require_exp": True, "require_iat": True, "require_sub": True, "leeway": LEEWAY},
+            options={"verify_aud": False, "require_exp": False, "require_iat": True, "require_sub": True, "leeway": LEEWAY},""",
    ),
    "Nobody is as false as no name.": (
        """\
-    visitor = None
+    visitor = "\"""",
    ),
    "Milliseconds in a log are rounded for the eye.": (
        """\
-            "ms": round((time.perf_counter() - started) * 1000, 1),
+            "ms": round((time.perf_counter() - started) * 1000, None),""",
        """\
-            "ms": round((time.perf_counter() - started) * 1000, 1),
+            "ms": round((time.perf_counter() - started) * 1000, ),""",
        """\
-            "ms": round((time.perf_counter() - started) * 1000, 1),
+            "ms": round((time.perf_counter() - started) * 1000, 2),""",
    ),
    "A query that names nothing of ours is none.": (
        """\
-        arguments["query"] = binding.query_argument(event.get("rawQueryString") or "")
+        arguments["query"] = binding.query_argument(event.get("rawQueryString") or "XXXX")""",
    ),
    "What has no body here, a GET or one that is signed, is not looked up by its body either.": (
        """\
-    raw = ""
+    raw = None""",
        """\
-    raw = ""
+    raw = "XXXX\"""",
    ),
    "What is not JSON is refused, whatever it is instead.": (
        """\
-            arguments["body"] = binding.body_argument(raw, request.headers.get("content-type", ""))
+            arguments["body"] = binding.body_argument(raw, request.headers.get("content-type", "XXXX"))""",
    ),
    "No tag of ours is empty or XXXX.": (
        """\
-        wanted = headers.get("if-none-match", "")
+        wanted = headers.get("if-none-match", None)""",
        """\
-        wanted = headers.get("if-none-match", "")
+        wanted = headers.get("if-none-match", )""",
        """\
-        wanted = headers.get("if-none-match", "")
+        wanted = headers.get("if-none-match", "XXXX")""",
    ),
    "What pydantic would add to a flaw is not told, and only made in vain.": (
        """\
-    for item in error.errors(include_url=False, include_context=False, include_input=False)[:50]:
+    for item in error.errors(include_context=False, include_input=False)[:50]:""",
        """\
-    for item in error.errors(include_url=False, include_context=False, include_input=False)[:50]:
+    for item in error.errors(include_url=False, include_input=False)[:50]:""",
        """\
-    for item in error.errors(include_url=False, include_context=False, include_input=False)[:50]:
+    for item in error.errors(include_url=False, include_context=False, )[:50]:""",
        """\
-    for item in error.errors(include_url=False, include_context=False, include_input=False)[:50]:
+    for item in error.errors(include_url=True, include_context=False, include_input=False)[:50]:""",
        """\
-    for item in error.errors(include_url=False, include_context=False, include_input=False)[:50]:
+    for item in error.errors(include_url=False, include_context=True, include_input=False)[:50]:""",
        """\
-    for item in error.errors(include_url=False, include_context=False, include_input=False)[:50]:
+    for item in error.errors(include_url=False, include_context=False, include_input=True)[:50]:""",
    ),
    "No route asks for Lambda's context.": (
        """\
-    return self._resolver.resolve(event, context)
+    return self._resolver.resolve(event, None)""",
    ),
    "The driver looks at a context's statement when it copies rows, or completes a command of a transaction that failed: COMMIT alone gets so far.": (
        """\
-        name, context = kept.name, Context(text, columns=kept.columns, input_funcs=kept.readers)
+        name, context = kept.name, Context(None, columns=kept.columns, input_funcs=kept.readers)""",
        """\
-        name, context = NULL_BYTE if text in new else self._new_name(), Context(text)
+        name, context = NULL_BYTE if text in new else self._new_name(), Context(None)""",
        """\
-        self._exchange(*[Context(_BEGIN)] * begin, *contexts, *[Context(_COMMIT)] * commit)
+        self._exchange(*[Context(None)] * begin, *contexts, *[Context(_COMMIT)] * commit)""",
        """\
-        self._exchange(Context(statement))
+        self._exchange(Context(None))""",
    ),
    "Any number but zero switches it on.": (
        """\
-        connection._usock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
+        connection._usock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 2)""",
    ),
    "Whatever is not disable is verified.": (
        """\
-    secure = options.get("sslmode", ["verify-full"])[0] != "disable"
+    secure = options.get("sslmode", ["XXverify-fullXX"])[0] != "disable\"""",
        """\
-    secure = options.get("sslmode", ["verify-full"])[0] != "disable"
+    secure = options.get("sslmode", ["VERIFY-FULL"])[0] != "disable\"""",
    ),
}
