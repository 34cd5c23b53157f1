"""Finds the shops near a place."""

from flask import Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue

from . import database


def _number(name: str, low: float, high: float, default: float | None = None) -> float:
    """A number of the query string. NaN fits no range, so it is refused like any other nonsense."""
    text = request.args.get(name)
    if text is None and default is not None:
        return default
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        abort(400, f"{name}: a number from {low:g} to {high:g}")
    return value


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/health")
    def health() -> ResponseReturnValue:
        """Is this process alive? Says nothing of the database, or a slow one would restart every copy."""
        return jsonify(status="ok")

    @app.get("/ready")
    def ready() -> ResponseReturnValue:
        """Can it serve requests?"""
        if not database.answers():
            return jsonify(status="database is unreachable"), 503
        return jsonify(status="ok")

    @app.get("/shops")
    def shops() -> ResponseReturnValue:
        """The shops within `metres` of a place, nearest first: /shops?lat=53.55&lon=10.0&metres=2000"""
        latitude = _number("lat", -90, 90)
        longitude = _number("lon", -180, 180)
        metres = _number("metres", 1, 50_000, default=5_000)
        return jsonify(shops=database.shops_near(latitude, longitude, metres))

    @app.errorhandler(400)
    def bad_request(error: Exception) -> ResponseReturnValue:
        return jsonify(error=getattr(error, "description", "bad request")), 400

    return app
