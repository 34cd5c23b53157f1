"""Bring a database to the current schema.

The connection comes from DATABASE_URL or, without it, from libpq's own variables (PGHOST, PGUSER, PGPASSWORD, ...).
Every file in migrations/ runs once, in the order of the names. The program may run again, and several copies may run
at once: one does the work, the others wait for it. It ends with an error, and changes nothing, if any file fails.
"""

import os
import re
import sys
from pathlib import Path

import psycopg

MIGRATIONS = Path(__file__).parent / "migrations"
OLDEST_POSTGIS = (3, 3)
# Any number, as long as nothing else in the database locks it.
LOCK = 7_203_114


def migrate(connection: psycopg.Connection) -> list[str]:
    """Run what has not run yet and return the names of these files. One transaction for all."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations "
            "(name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        done = {name for (name,) in cursor.execute("SELECT name FROM schema_migrations")}
        files = [file for file in sorted(MIGRATIONS.glob("*.sql")) if file.name not in done]
        for file in files:
            cursor.execute(file.read_bytes())
            cursor.execute("INSERT INTO schema_migrations (name) VALUES (%s)", (file.name,))
        return [file.name for file in files]


def postgis_version(connection: psycopg.Connection) -> tuple[int, ...]:
    """Ask PostGIS itself: an extension that is listed may still fail to load."""
    row = connection.execute("SELECT postgis_lib_version()").fetchone()
    assert row is not None
    return tuple(int(number) for number in re.findall(r"\d+", row[0])[:3])


def main() -> int:
    with psycopg.connect(os.environ.get("DATABASE_URL", ""), connect_timeout=10) as connection:
        applied = migrate(connection)
        version = postgis_version(connection)
        shops = connection.execute("SELECT count(*) FROM shops").fetchone()
    print(f"applied: {', '.join(applied) or 'nothing, the schema is current'}")
    print(f"PostGIS {'.'.join(map(str, version))}, {shops[0] if shops else 0} shops")
    if version < OLDEST_POSTGIS:
        print(f"PostGIS {OLDEST_POSTGIS[0]}.{OLDEST_POSTGIS[1]} or later is required", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except psycopg.Error as error:
        sys.exit(f"init_db: {error}")
