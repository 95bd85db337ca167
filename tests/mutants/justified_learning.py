"""Learning's survivors that no test should kill: why, and the changes as the report shows them."""

LEARNING: dict[str, tuple[str, ...]] = {
    "A file is refused by how many rows came, not by how many were asked for; one more than it holds is only the fewest that show it.": (
        """\
-        limit=EXPORT_LIMIT + 1,
+        limit=EXPORT_LIMIT + 2,""",
        """\
-        limit=EXPORT_LIMIT + 1,
+        limit=None,""",
    ),
    "The statement answers for each update that it was told, in their order.": (
        """\
-    claimed = [_Claimed(update, row.valid, row.fresh) for update, row in zip(batch.updates, rows, strict=True)]
+    claimed = [_Claimed(update, row.valid, row.fresh) for update, row in zip(batch.updates, rows, strict=None)]""",
        """\
-    claimed = [_Claimed(update, row.valid, row.fresh) for update, row in zip(batch.updates, rows, strict=True)]
+    claimed = [_Claimed(update, row.valid, row.fresh) for update, row in zip(batch.updates, rows, )]""",
        """\
-    claimed = [_Claimed(update, row.valid, row.fresh) for update, row in zip(batch.updates, rows, strict=True)]
+    claimed = [_Claimed(update, row.valid, row.fresh) for update, row in zip(batch.updates, rows, strict=False)]""",
    ),
}
"""{why it changes nothing that anybody could see: the changes}."""
