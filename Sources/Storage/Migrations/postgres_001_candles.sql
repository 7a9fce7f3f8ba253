-- Stretches of time are half-open.

CREATE FUNCTION unix_ms(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT (extract(epoch FROM at) * 1000)::bigint $$;

CREATE FUNCTION from_unix_ms(ms bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT timestamptz '1970-01-01 00:00:00+00' + ms * interval '1 millisecond' $$;

CREATE TABLE series (
    id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    symbol text NOT NULL,
    timeframe text NOT NULL,
    step_ms bigint NOT NULL CHECK (step_ms > 0),
    first_open timestamptz,
    wanted_from timestamptz NOT NULL,
    UNIQUE (symbol, timeframe)
);

CREATE TABLE candle (
    series_id int NOT NULL,
    open_time timestamptz NOT NULL,
    open float8 NOT NULL,
    high float8 NOT NULL,
    low float8 NOT NULL,
    close float8 NOT NULL,
    volume float8 NOT NULL,
    final bool NOT NULL,
    PRIMARY KEY (series_id, open_time)
);

CREATE TABLE coverage (
    series_id int NOT NULL REFERENCES series ON DELETE CASCADE,
    from_time timestamptz NOT NULL,
    to_time timestamptz NOT NULL CHECK (to_time > from_time),
    proof text NOT NULL,
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (series_id, from_time)
);

CREATE TABLE series_stats (
    series_id int PRIMARY KEY REFERENCES series ON DELETE CASCADE,
    candles bigint NOT NULL DEFAULT 0,
    final_candles bigint NOT NULL DEFAULT 0,
    covered bigint NOT NULL DEFAULT 0,
    first_open timestamptz,
    last_open timestamptz,
    last_final timestamptz
);

CREATE TABLE revisions (
    series_id int NOT NULL REFERENCES series ON DELETE CASCADE,
    open_time timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    old_open float8 NOT NULL,
    old_high float8 NOT NULL,
    old_low float8 NOT NULL,
    old_close float8 NOT NULL,
    old_volume float8 NOT NULL,
    new_open float8 NOT NULL,
    new_high float8 NOT NULL,
    new_low float8 NOT NULL,
    new_close float8 NOT NULL,
    new_volume float8 NOT NULL,
    PRIMARY KEY (series_id, open_time, seen_at)
);

CREATE TABLE suspects (
    series_id int NOT NULL REFERENCES series ON DELETE CASCADE,
    open_time timestamptz NOT NULL,
    PRIMARY KEY (series_id, open_time)
);

CREATE TABLE host_status (
    host text PRIMARY KEY,
    at timestamptz NOT NULL,
    document jsonb NOT NULL
);

CREATE VIEW candles AS
SELECT s.symbol, s.timeframe, c.open_time, c.open, c.high, c.low, c.close, c.volume, c.final
FROM candle c JOIN series s ON s.id = c.series_id;

CREATE VIEW suspect_candles AS
SELECT s.symbol, s.timeframe, c.open_time, c.open, c.high, c.low, c.close, c.volume, c.final
FROM suspects x
JOIN candle c ON c.series_id = x.series_id AND c.open_time = x.open_time
JOIN series s ON s.id = x.series_id;

-- The unknown: what lies between wanted_from and the newest settled boundary (60 s after it ended) and is not covered.
CREATE VIEW gaps AS
WITH bounds AS (
    SELECT id, symbol, timeframe, step_ms, greatest(wanted_from, coalesce(first_open, wanted_from)) AS lower,
        from_unix_ms((unix_ms(now()) - 60000) / step_ms * step_ms) AS upper
    FROM series
), edges AS (
    SELECT series_id, from_time, to_time FROM coverage
    UNION ALL
    SELECT id, upper, upper FROM bounds WHERE upper > lower
), between_edges AS (
    SELECT b.symbol, b.timeframe, b.step_ms,
        greatest(b.lower, coalesce(max(e.to_time) OVER (
            PARTITION BY e.series_id ORDER BY e.from_time, e.to_time
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), b.lower)) AS from_time,
        least(e.from_time, b.upper) AS to_time
    FROM edges e JOIN bounds b ON b.id = e.series_id
)
SELECT symbol, timeframe, from_time, to_time, (unix_ms(to_time) - unix_ms(from_time)) / step_ms AS intervals
FROM between_edges WHERE to_time > from_time;
