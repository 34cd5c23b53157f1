CREATE EXTENSION IF NOT EXISTS postgis;

CREATE TABLE shops (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    location geography (Point, 4326) NOT NULL
);

CREATE INDEX shops_location ON shops USING gist (location);
