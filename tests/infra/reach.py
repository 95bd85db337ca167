"""What a function's code can ask AWS for, read from the sources: everything that its handler leads to, method by method.

More than what happens, never less: a method counts as called wherever its name is used and its class is reached.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

from tests.conftest import ROOT

PACKAGE = ROOT / "layers" / "academy"
PREFIXES = {"stepfunctions": "states", "sesv2": "ses"}
NAMED_OTHERWISE = {"s3:HeadBucket": "s3:ListBucket", "s3:ListObjectsV2": "s3:ListBucket", "lambda:Invoke": "lambda:InvokeFunction"}
NOT_OPERATIONS = {"generate_presigned_post": "s3:PutObject", "generate_db_auth_token": "rds-db:connect"}
"""Methods of clients that let somebody else do it, by the permission of who signed."""
ONLY_SIGNED = {"rds"}  # nothing but a token is asked of it, and its model takes a second to read


@dataclass
class Piece:
    """One function, method or value of a module: the names it uses, dotted, what it takes from any object, and its strings."""

    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    strings: set[str] = field(default_factory=set)

    def add(self, node: ast.AST) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute):
                self.attributes.add(part.attr)
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                self.strings.add(part.value)
            if dotted := _dotted(part):
                self.names.add(dotted)


@dataclass
class Module:
    name: str
    body: dict[str, Piece] = field(default_factory=dict)
    """By `name`, `Class` (all but its methods) and `Class.method`."""
    imports: dict[str, str] = field(default_factory=dict)
    services: set[str] = field(default_factory=set)
    methods: dict[str, set[str]] = field(default_factory=dict)


def functions() -> list[str]:
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))


@cache
def actions(function: str) -> frozenset[str]:
    """The IAM actions that functions/<function> can need."""
    return frozenset(action for module, name in _reached(function) for action in _asked(_modules()[module], name))


def calls(function: str, method: str) -> bool:
    """Whether anything of this name is used anywhere within reach."""
    return any(method in _modules()[module].body[name].attributes for module, name in _reached(function))


@cache
def _reached(function: str) -> frozenset[tuple[str, str]]:
    modules, used, reached = _modules(), set[str](), set[tuple[str, str]]()
    entry = f"functions.{function}.app"
    waiting = {(entry, name) for name in modules[entry].body}
    while waiting:
        reached |= waiting
        found: set[tuple[str, str]] = set()
        for module, name in waiting:
            piece = modules[module].body[name]
            used |= piece.attributes
            found.update(target for dotted in piece.names for target in _resolve(modules, module, dotted))
        # A method is reached with its class once anything of that name is used.
        for module, name in reached | found:
            found.update((module, f"{name}.{method}") for method in modules[module].methods.get(name, set()) & used)
        waiting = found - reached
    return frozenset(reached)


@cache
def _modules() -> dict[str, Module]:
    sources = {f"functions.{name}.app": ROOT / "functions" / name / "app.py" for name in functions()}
    for path in (PACKAGE / "academy").rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        sources[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {name: _read(name, path) for name, path in sources.items()}


def _read(name: str, path: Path) -> Module:
    module, tree = Module(name), ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            module.imports.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and node.module:
            module.imports.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
        elif isinstance(node, ast.Call) and _called(node) == "client" and node.args and isinstance(node.args[0], ast.Constant):
            module.services.add(str(node.args[0].value))
    for statement in tree.body:
        for key, node in _parts(statement):
            module.body.setdefault(key, Piece()).add(node)
            owner, _, method = key.partition(".")
            if method:
                module.methods.setdefault(owner, set()).add(method)
    return module


def _parts(statement: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match statement:
        case ast.FunctionDef():
            yield statement.name, statement
        case ast.ClassDef(name=name):
            for member in statement.body:
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("__"):
                    yield f"{name}.{member.name}", member
                else:
                    yield name, member
            for node in [*statement.bases, *statement.decorator_list]:
                yield name, node
        case ast.Import() | ast.ImportFrom():
            pass
        case _:
            names = [node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
            for name in names or ["<module>"]:
                yield name, statement


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def _resolve(modules: dict[str, Module], module: str, dotted: str) -> Iterator[tuple[str, str]]:
    first, _, rest = dotted.partition(".")
    if first in modules[module].body:
        yield module, first
    if first in modules[module].imports:
        whole = modules[module].imports[first] + (f".{rest}" if rest else "")
        yield from _absolute(modules, whole)


def _absolute(modules: dict[str, Module], dotted: str) -> Iterator[tuple[str, str]]:
    """`academy.platform.storage.put`, wherever it is defined: packages hand names on."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        module = modules.get(".".join(parts[:length]))
        if module is None:
            continue
        yield from ((module.name, name) for name in ["<module>"] if name in module.body)
        if length < len(parts):
            yield from _resolve(modules, module.name, ".".join(parts[length:]))
        return


def _asked(module: Module, name: str) -> Iterator[str]:
    """Operations of the services whose clients the module makes, called or named in a string."""
    words = module.body[name].attributes | module.body[name].strings if module.services else set()
    yield from (NOT_OPERATIONS[word] for word in words & NOT_OPERATIONS.keys())
    for service in module.services - ONLY_SIGNED:
        yield from (action for word, action in _operations(service).items() if word in words)


@cache
def _operations(service: str) -> dict[str, str]:
    """IAM actions by the method's name; what needs no signature (a user's own token does) needs no permission."""
    model = botocore.session.get_session().get_service_model(service)
    found = {}
    for name in model.operation_names:
        if model.operation_model(name).auth_type != "none":
            action = f"{PREFIXES.get(service, service)}:{name}"
            found[xform_name(name)] = NAMED_OTHERWISE.get(action, action)
    return found
