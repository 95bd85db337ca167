"""Every table of the product on one metadata, for Alembic and for the test that compares it with the database."""

import importlib
import pkgutil

import academy
from academy.platform.orm import Base

for module in pkgutil.walk_packages(academy.__path__, "academy."):
    if module.name.rsplit(".", 1)[-1] in {"models", "tables"} and not module.name.startswith("academy.migrations."):
        importlib.import_module(module.name)

metadata = Base.metadata
