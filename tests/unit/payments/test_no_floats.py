"""Money is whole paise and rates are basis points: no fraction comes into the code of payments."""

import ast
import re
from pathlib import Path

import pytest

PAYMENTS = Path(__file__).parents[3] / "layers" / "academy" / "academy" / "payments"
POINTS = "books/drawing.py"
"""Lengths on a page are the one thing that has fractions; it is handed texts and sees no amount."""
MONEY = ("gst", "invoices", "ledger", "words")


TIME = re.compile(r"(^|_)(at|deadline|seconds)$", re.IGNORECASE)
"""How a variable is called that counts seconds of a process's clock: they have fractions, and nobody pays with them."""


def fractions(source: str) -> list[str]:
    """Where a float may come from: a literal, `float`, a division that is not whole, `round`, and Decimal, which hides what is rounded when."""
    tree = ast.parse(source)
    spared = {id(part) for node in ast.walk(tree) if _counts_seconds(node) for part in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if id(node) in spared:
            continue
        match node:
            case ast.Constant(value=float() | complex()):
                found.append(f"{node.lineno}: {node.value!r}")
            case ast.Name(id="float" | "round" | "Decimal" | "Fraction" as name):
                found.append(f"{node.lineno}: {name}")
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                found.append(f"{node.lineno}: /")
            case ast.Attribute(attr="fsum" | "truediv"):
                found.append(f"{node.lineno}: {node.attr}")
    return found


def _counts_seconds(node: ast.AST) -> bool:
    match node:
        case ast.arg(arg=name) | ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return bool(TIME.search(name))
    return False


def files() -> dict[str, str]:
    return {str(path.relative_to(PAYMENTS)): path.read_text() for path in sorted(PAYMENTS.rglob("*.py"))}


def test_there_is_no_fraction_in_payments() -> None:
    sources = files()
    assert len(sources) > 20
    assert {name: lines for name, source in sources.items() if name != POINTS and (lines := fractions(source))} == {}


def test_who_draws_sees_no_amounts() -> None:
    source = files()[POINTS]
    assert fractions(source)
    imported = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert not {f"academy.payments.books.{name}" for name in MONEY} & imported
    assert {name for name in imported if name and name.startswith("academy.payments")} == {"academy.payments.books.wording"}


@pytest.mark.parametrize(
    "line",
    [
        "x = 0.18",
        "x = a / 100",
        "a /= 2",
        "float(a)",
        "round(a)",
        "list(map(float, a))",
        "Decimal(a)",
        "x = 1e3",
        "math.fsum(a)",
        "amount: float = 1",
    ],
)
def test_the_rule_sees(line: str) -> None:
    assert fractions(line)


@pytest.mark.parametrize(
    "line", ["x = a * 18 // 100", "divmod(a, 100)", "PurePath(a)", "x = 1_000", "'/'.join(a)", "READ_SECONDS = 0.5", "deadline: float = 0"]
)
def test_the_rule_leaves(line: str) -> None:
    assert not fractions(line)
