-- Up to here a gap repair has asked again for what was confirmed empty.
ALTER TABLE series ADD COLUMN rechecked_to timestamptz;

-- Old values are NULL where nobody was said to have traded, new ones where the exchange no longer has the candle.
ALTER TABLE revisions
    ALTER COLUMN old_open DROP NOT NULL, ALTER COLUMN old_high DROP NOT NULL, ALTER COLUMN old_low DROP NOT NULL,
    ALTER COLUMN old_close DROP NOT NULL, ALTER COLUMN old_volume DROP NOT NULL,
    ALTER COLUMN new_open DROP NOT NULL, ALTER COLUMN new_high DROP NOT NULL, ALTER COLUMN new_low DROP NOT NULL,
    ALTER COLUMN new_close DROP NOT NULL, ALTER COLUMN new_volume DROP NOT NULL;

-- Bars of which the exchange says one thing in this timeframe and another in a finer one.
CREATE TABLE disagreements (
    series_id int NOT NULL REFERENCES series ON DELETE CASCADE,
    timeframe text NOT NULL,
    open_time timestamptz NOT NULL,
    coarse text NOT NULL,
    folded text NOT NULL,
    PRIMARY KEY (series_id, timeframe, open_time)
);

CREATE TABLE tickers (
    symbol text PRIMARY KEY,
    at timestamptz NOT NULL,
    last_price float8 NOT NULL,
    daily_change float8 NOT NULL,
    daily_change_relative float8 NOT NULL,
    daily_volume float8 NOT NULL,
    daily_high float8 NOT NULL,
    daily_low float8 NOT NULL
);

-- Weeks from Monday, 14 days from the epoch, calendar months, all UTC, folded from days. Final once every day of it is.
CREATE VIEW derived_candles AS
WITH days AS (
    SELECT s.id, s.symbol, s.first_open AS series_start, p.timeframe, c.open_time, c.open, c.high, c.low, c.close, c.volume,
        c.final,
        CASE p.timeframe
            WHEN '1W' THEN date_trunc('week', c.open_time, 'UTC')
            WHEN '14D' THEN from_unix_ms(unix_ms(c.open_time) / 1209600000 * 1209600000)
            ELSE date_trunc('month', c.open_time, 'UTC')
        END AS start
    FROM series s
    JOIN candle c ON c.series_id = s.id
    CROSS JOIN (VALUES ('1W'), ('14D'), ('1M')) p (timeframe)
    WHERE s.timeframe = '1D'
), periods AS (
    SELECT id, symbol, timeframe, start, series_start,
        CASE timeframe
            WHEN '1W' THEN start + interval '168 hours'
            WHEN '14D' THEN start + interval '336 hours'
            ELSE (start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'
        END AS stop,
        (array_agg(open ORDER BY open_time))[1] AS open, max(high) AS high, min(low) AS low,
        (array_agg(close ORDER BY open_time DESC))[1] AS close, sum(volume) AS volume, bool_and(final) AS final
    FROM days GROUP BY id, symbol, timeframe, start, series_start
)
SELECT symbol, timeframe, start AS open_time, open, high, low, close, volume,
    final AND EXISTS (
        SELECT 1 FROM coverage v
        WHERE v.series_id = periods.id AND v.from_time <= greatest(start, series_start) AND v.to_time >= stop
    ) AS final
FROM periods;
