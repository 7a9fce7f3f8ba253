-- When the exchange last confirmed that nothing is before the first candle; NULL where nobody has asked.
ALTER TABLE series ADD COLUMN first_proven_at timestamptz;

-- Since when the exchange neither lists the pair nor has its known candles, and when its list was read last.
ALTER TABLE series ADD COLUMN gone_since timestamptz;
ALTER TABLE series ADD COLUMN list_read_at timestamptz;
