import assert from "node:assert/strict";
import { test } from "node:test";

import { proven } from "../../../Sources/Frontend/Public/js/views/coverage.js";
import { indexOf, shifted } from "../../../Sources/Frontend/Public/js/views/drawing.js";
import { gapCommand } from "../../../Sources/Frontend/Public/js/views/gaps.js";
import { byGravity } from "../../../Sources/Frontend/Public/js/views/jobs.js";
import { runWords } from "../../../Sources/Frontend/Public/js/views/strip-reading.js";
import { matches, sorted } from "../../../Sources/Frontend/Public/js/views/watch.js";

const row = (name, last, volume_24h = 1) => ({ symbol: name.replace("/", ""), name, last, volume_24h, change_24h: null, last_candle_ms: null });
const rows = [row("ETH/USD", 3000, 2), row("BTC/USD", 60_000, 1), row("LEO/USD", null, null), row("ADA/USD", 3000, 2)];
const names = (all) => all.map((each) => each.name.slice(0, 3)).join(" ");

test("rows are sorted with stars first, what is not known last, ties by name", () => {
    assert.equal(names(sorted(rows, { column: "last", isDown: true }, new Set())), "BTC ADA ETH LEO");
    assert.equal(names(sorted(rows, { column: "last", isDown: false }, new Set())), "ADA ETH BTC LEO");
    assert.equal(names(sorted(rows, { column: "volume", isDown: true }, new Set(["LEOUSD"]))), "LEO BTC ADA ETH");
    assert.equal(names(sorted(rows, { column: "symbol", isDown: false }, new Set())), "ADA BTC ETH LEO");
});

test("a filter finds names and symbols however they are typed", () => {
    for (const text of ["btc", "BTC/U", "btc usd", ""]) assert.ok(matches(rows[1], text), text);
    assert.ok(!matches(rows[1], "eth"));
});

test("the same bars stay in sight among other slots; at the edge the newest does", () => {
    const slots = (from, to) => Array.from({ length: to - from }, (_, i) => ({ t: from + i }));
    assert.deepEqual(shifted({ from: 10, to: 30 }, slots(100, 200), slots(50, 210)), { from: 60, to: 80 });
    assert.deepEqual(shifted({ from: 50, to: 102 }, slots(100, 200), slots(100, 205)), { from: 55, to: 107 });
    assert.deepEqual([99, 100, 104, 500].map((t) => indexOf(slots(100, 110), t)), [0, 0, 4, 9]);
});

test("a run is said with its stretch, its number, and whether it is drawn shorter", () => {
    const run = { kind: "unknown", from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 1, 0, 4), count: 4, first: 0, last: 3, shortened: true };
    assert.equal(runWords(run, 60_000), "2026-01-01 00:00 – 00:04 UTC: unknown, nothing is proven of it (4 intervals); see Gaps; drawn shorter than it is");
});

test("the share that is known is never rounded up to all", () => {
    assert.equal(proven({ present: 999_999, empty: 0, unknown: 1 }), "99.99\u2009%");
    assert.equal(proven({ present: 10, empty: 2, unknown: 0 }), "100\u2009%");
    assert.equal(proven({ present: 0, empty: 0, unknown: 0 }), "–");
});

test("what fails comes first", () => {
    const jobs = ["ok", "never", "running", "failing", "late"].map((state) => ({ id: state, state }));
    assert.deepEqual(byGravity(jobs).map((job) => job.state), ["failing", "late", "running", "ok", "never"]);
});

test("a gap names the command that has it asked for", () => {
    const noon = Date.UTC(2026, 10, 18, 12);
    const gap = { symbol: "BTCUSD", timeframe: "1m", from_ms: noon, to_ms: noon + 60_000, intervals: 1, explanation: "" };
    assert.equal(gapCommand({ ...gap, place: "hole" }), "ingest backfill --series BTCUSD-1m --start 2026-11-18T12:00:00Z --end 2026-11-18T12:01:00Z");
    assert.equal(gapCommand({ ...gap, place: "behind" }), "ingest backfill --series BTCUSD-1m --resume");
    assert.equal(gapCommand({ ...gap, place: "hole", explanation: "a hole: 'ingest gap-repair --series BTCUSD-1m' fills it" }), "ingest gap-repair --series BTCUSD-1m");
});
