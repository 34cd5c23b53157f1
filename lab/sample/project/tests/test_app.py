"""Needs no database: what the service answers before it asks one. Run: python -m unittest"""

import unittest
from unittest.mock import patch

from app import create_app, database

SHOP = {"name": "Harbour", "metres": 120.0}


class ServiceTest(unittest.TestCase):
    def setUp(self) -> None:
        self.client = create_app().test_client()

    def test_is_alive_without_a_database(self) -> None:
        self.assertEqual(self.client.get("/health").json, {"status": "ok"})

    def test_is_not_ready_without_a_database(self) -> None:
        with patch.object(database, "answers", return_value=False):
            self.assertEqual(self.client.get("/ready").status_code, 503)

    def test_asks_the_database_for_the_place(self) -> None:
        with patch.object(database, "shops_near", return_value=[SHOP]) as shops_near:
            answer = self.client.get("/shops?lat=53.54&lon=9.98")
        shops_near.assert_called_once_with(53.54, 9.98, 5_000)
        self.assertEqual(answer.json, {"shops": [SHOP]})

    def test_refuses_what_is_no_place(self) -> None:
        for query in ("", "lat=53.54", "lat=91&lon=0", "lat=nan&lon=0", "lat=0&lon=x", "lat=0&lon=0&metres=0"):
            with self.subTest(query), patch.object(database, "shops_near") as shops_near:
                self.assertEqual(self.client.get(f"/shops?{query}").status_code, 400)
                shops_near.assert_not_called()


if __name__ == "__main__":
    unittest.main()
