"""template.yaml and its nested stacks, read as YAML."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
MAIN = ROOT / "template.yaml"
NESTED = [ROOT / "infra" / "database.yaml", ROOT / "infra" / "observability.yaml"]


class _Loader(yaml.SafeLoader):
    """`!If [A, b, c]` is {"If": ["A", "b", "c"]}."""


def _tagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {suffix: loader.construct_mapping(node, deep=True)}
    return {suffix: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None}


_Loader.add_multi_constructor("!", _tagged)


def load(path: Path = MAIN) -> dict[str, Any]:
    whole: dict[str, Any] = yaml.load(path.read_text(), Loader=_Loader)
    return whole


def resources() -> dict[str, dict[str, Any]]:
    """Of the main template and of its nested stacks, by logical id."""
    return {name: resource for path in [MAIN, *NESTED] for name, resource in load(path)["Resources"].items()}
