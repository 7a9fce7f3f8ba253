-- Up to here a gap repair has asked again for what was confirmed empty.
ALTER TABLE series ADD COLUMN rechecked_to INTEGER;

-- Old values are NULL where nobody was said to have traded, new ones where the exchange no longer has the candle.
ALTER TABLE revisions RENAME TO revisions_1;
CREATE TABLE revisions (
    series_id INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
    open_time INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    old_open REAL,
    old_high REAL,
    old_low REAL,
    old_close REAL,
    old_volume REAL,
    new_open REAL,
    new_high REAL,
    new_low REAL,
    new_close REAL,
    new_volume REAL,
    PRIMARY KEY (series_id, open_time, seen_at)
) WITHOUT ROWID, STRICT;
INSERT INTO revisions SELECT * FROM revisions_1;
DROP TABLE revisions_1;

-- Bars of which the exchange says one thing in this timeframe and another in a finer one.
CREATE TABLE disagreements (
    series_id INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
    timeframe TEXT NOT NULL,
    open_time INTEGER NOT NULL,
    coarse TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (series_id, timeframe, open_time)
) WITHOUT ROWID, STRICT;

CREATE TABLE tickers (
    symbol TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    last_price REAL NOT NULL,
    daily_change REAL NOT NULL,
    daily_change_relative REAL NOT NULL,
    daily_volume REAL NOT NULL,
    daily_high REAL NOT NULL,
    daily_low REAL NOT NULL
) WITHOUT ROWID, STRICT;

-- Weeks from Monday, 14 days from the epoch, calendar months, all UTC, folded from days. Final once every day of it is.
CREATE VIEW derived_candles AS
WITH days AS (
    SELECT s.id, s.symbol, s.first_open AS series_start, p.timeframe, c.open_time, c.open, c.high, c.low, c.close, c.volume,
        c.final,
        CASE p.timeframe
            WHEN '1W' THEN (c.open_time - 345600000) / 604800000 * 604800000 + 345600000
            WHEN '14D' THEN c.open_time / 1209600000 * 1209600000
            ELSE CAST(strftime('%s', c.open_time / 1000, 'unixepoch', 'start of month') AS INTEGER) * 1000
        END AS start
    FROM series s
    JOIN candle c ON c.series_id = s.id
    JOIN (SELECT '1W' AS timeframe UNION ALL SELECT '14D' UNION ALL SELECT '1M') p
    WHERE s.timeframe = '1D'
), ends AS (
    SELECT *,
        first_value(open) OVER (PARTITION BY id, timeframe, start ORDER BY open_time) AS first_price,
        first_value(close) OVER (PARTITION BY id, timeframe, start ORDER BY open_time DESC) AS last_price,
        CASE timeframe
            WHEN '1W' THEN start + 604800000
            WHEN '14D' THEN start + 1209600000
            ELSE CAST(strftime('%s', start / 1000, 'unixepoch', '+1 month') AS INTEGER) * 1000
        END AS stop
    FROM days
)
SELECT symbol, timeframe, start AS open_time, min(first_price) AS open, max(high) AS high, min(low) AS low,
    min(last_price) AS close, sum(volume) AS volume,
    min(final) AND EXISTS (
        SELECT 1 FROM coverage v
        WHERE v.series_id = ends.id AND v.from_time <= max(start, coalesce(series_start, start)) AND v.to_time >= stop
    ) AS final
FROM ends GROUP BY id, timeframe, start;
