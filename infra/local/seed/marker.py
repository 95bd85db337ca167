"""What has been seeded into a database, in a schema of its own beside the product's tables."""

from pg8000.exceptions import DatabaseError

from infra.local.seed.database import Writer


class Marker:
    def __init__(self, database: Writer, scale: str) -> None:
        self._database = database
        self._scale = scale

    def read(self) -> str | None:
        """One query, whether there ever was a seed or not."""
        try:
            rows = self._database.run("select version from seeding.markers where scale = :scale", scale=self._scale)
        except DatabaseError as error:
            if error.args[0].get("C") != "42P01":  # undefined table
                raise
            return None
        return str(rows[0][0]) if rows else None

    def write(self, version: str) -> None:
        self._database.run("create schema if not exists seeding")
        self._database.run(
            "create table if not exists seeding.markers (scale text primary key, version text not null, seeded_at timestamptz not null)"
        )
        self._database.run(
            "insert into seeding.markers values (:scale, :version, now()) on conflict (scale) do update set version = excluded.version, seeded_at = now()",
            scale=self._scale,
            version=version,
        )
