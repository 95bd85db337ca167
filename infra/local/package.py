"""What `sam package` does, with zips that are kept: uploads artifacts and names them in the template.

SAM zips and uploads 250 MB at every start; here only what changed.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

from infra.local.settings import Settings
from infra.local.stack import BUCKET, client

# Properties that hold a path on this machine after `sam build`.
CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
FILES = {"AWS::Serverless::StateMachine": "DefinitionUri", "AWS::CloudFormation::Stack": "TemplateURL"}
KEPT_ZIPS = 40


def package(settings: Settings, built: Path) -> str:
    """The text of a template that CloudFormation takes (JSON, which is YAML)."""
    template = yaml.safe_load(built.read_text())
    store = _Store(settings)
    for resource in template["Resources"].values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in CODE:
            properties[CODE[kind]] = f"s3://{BUCKET}/{store.folder(built.parent / properties[CODE[kind]])}"
        elif kind in FILES:
            key = store.file(built.parent / properties[FILES[kind]])
            address = f"{settings.aws_url}/{BUCKET}/{key}" if kind == "AWS::CloudFormation::Stack" else f"s3://{BUCKET}/{key}"
            properties[FILES[kind]] = address
    for include in _includes(template):
        include["Location"] = f"s3://{BUCKET}/{store.file(built.parent / include['Location'])}"
    return json.dumps(template, indent=1)


def _includes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        transform = node.get("Fn::Transform")
        if isinstance(transform, dict) and transform.get("Name") == "AWS::Include":
            yield transform["Parameters"]
        for value in node.values():
            yield from _includes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _includes(value)


class _Store:
    def __init__(self, settings: Settings) -> None:
        self._s3 = client(settings, "s3")
        self._zips = settings.cache / "zips"
        self._zips.mkdir(parents=True, exist_ok=True)

    def file(self, path: Path) -> str:
        body = path.read_bytes()
        return self._put(f"{hashlib.sha256(body).hexdigest()}{path.suffix}", path)

    def folder(self, folder: Path) -> str:
        """Zips a folder, or takes the zip that was made of the same files before."""
        files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        state = [(str(path.relative_to(folder)), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        archive = self._zips / f"{hashlib.sha256(repr(state).encode()).hexdigest()[:40]}.zip"
        if archive.exists():
            archive.touch()
        else:
            self._zip(folder, files, archive)
        # The name in the bucket tells the content: a file that was only touched changes no function.
        return self._put(f"{_content(archive)}.zip", archive)

    def _zip(self, folder: Path, files: list[Path], archive: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=self._zips, delete=False) as scratch, zipfile.ZipFile(scratch, "w") as zipped:
            for path in files:
                entry = zipfile.ZipInfo(str(path.relative_to(folder)))  # dated 1980: equal files make equal zips
                entry.external_attr = (path.stat().st_mode & 0o777) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                zipped.writestr(entry, path.read_bytes(), compresslevel=1)
        shutil.move(scratch.name, archive)
        for old in sorted(self._zips.glob("*.zip"), key=lambda path: path.stat().st_mtime)[:-KEPT_ZIPS]:
            old.unlink()

    def _put(self, key: str, path: Path) -> str:
        try:
            self._s3.head_object(Bucket=BUCKET, Key=key)
        except ClientError:
            self._s3.put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes())
        return key


def _content(archive: Path) -> str:
    with archive.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
