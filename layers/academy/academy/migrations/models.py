"""Every table of the product on one metadata, for Alembic and for the test that compares it with the database."""

import importlib
import pkgutil

import academy
from academy.platform.orm import Base

for module in pkgutil.iter_modules(academy.__path__, "academy."):
    if module.ispkg:
        for inner in ("models", "tables"):
            name = f"{module.name}.{inner}"
            if module.name != "academy.migrations" and importlib.util.find_spec(name):
                importlib.import_module(name)

metadata = Base.metadata
