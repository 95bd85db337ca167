"""Every declared route, by the function that serves it."""

import importlib
from pathlib import Path

from academy.platform.http import Api

FUNCTIONS = Path(__file__).parents[2] / "functions"


def load_apis() -> dict[str, Api]:
    """The functions that answer HTTP, by folder."""
    apis: dict[str, Api] = {}
    for folder in sorted(FUNCTIONS.iterdir()):
        source = folder / "app.py"
        if source.exists() and "api = Api(" in source.read_text():
            apis[folder.name] = importlib.import_module(f"functions.{folder.name}.app").api
    return apis


def logical_id(group: str) -> str:
    """The function's name in the template: `generation_tasks` is GenerationTasksFunction."""
    return "".join(part.capitalize() for part in group.split("_")) + "Function"
