"""The database, by libpq's own variables or DATABASE_URL."""

import os

import psycopg
from psycopg.rows import dict_row

NEAR = """
    SELECT name, round(ST_Distance(location, place)) AS metres
    FROM shops, ST_MakePoint(%(longitude)s, %(latitude)s)::geography AS place
    WHERE ST_DWithin(location, place, %(metres)s)
    ORDER BY metres, name
    LIMIT 100
"""


def _connect() -> psycopg.Connection:
    return psycopg.connect(os.environ.get("DATABASE_URL", ""), connect_timeout=3)


def answers() -> bool:
    try:
        with _connect() as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def shops_near(latitude: float, longitude: float, metres: float) -> list[dict[str, object]]:
    values = {"latitude": latitude, "longitude": longitude, "metres": metres}
    with _connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(NEAR, values).fetchall()
