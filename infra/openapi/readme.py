"""The README's table of routes, between its two markers, from the OpenAPI document."""

from typing import Any

BEGIN = "<!-- routes: written by `make openapi` -->"
END = "<!-- routes: end -->"

ROWS = {
    "self": "one's own",
    "owner": "the course's owner",
    "owner_or_admin": "the course's owner, admins",
    "self_or_admin": "one's own, admins",
    "enrolled": "who is enrolled",
    "reader": "who is enrolled, the owner, admins",
    "learner": "the learner, the course's owner, admins",
}
LEVELS = {"public": "anybody", "signed_in": "signed in", "member": "member"}


def with_routes(text: str, document: dict[str, Any]) -> str:
    """`text` with the present routes; raises ValueError if it lacks the markers."""
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"README.md needs {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{routes(document)}{END}{after}"


def routes(document: dict[str, Any]) -> str:
    """A folded table a tag."""
    folders: dict[str, list[str]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            folders[operation["tags"][0]].append(_row(path, method, operation))
    return "".join(
        f"\n<details><summary><b>{tag}</b> ({len(rows)})</summary>\n\n| route | who | |\n| --- | --- | --- |\n"
        + "".join(rows)
        + "\n</details>\n"
        for tag, rows in folders.items()
    )


def _row(path: str, method: str, operation: dict[str, Any]) -> str:
    summary = operation["summary"].replace("|", "\\|")
    return f"| {method.upper()} `{path.removeprefix('/api/v1')}` | {_who(operation['x-access'])} | {summary} |\n"


def _who(access: dict[str, Any]) -> str:
    who = f"`{access['permission']}`" if access["permission"] else LEVELS[access["level"]]
    return f"{who}: {ROWS[access['rows']]}" if access["rows"] in ROWS else who
