import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, duration, stretch } from "../../../Sources/Frontend/Public/js/amounts.js";
import { proven } from "../../../Sources/Frontend/Public/js/views/coverage.js";
import * as form from "../../../Sources/Frontend/Public/js/format.js";

const noon = Date.UTC(2026, 10, 18, 12, 0, 0);

test("a price has as many digits as the most precise one needs, and a true minus", () => {
    assert.equal(form.decimals([62696, 62696.4, null]), 1);
    assert.equal(form.decimals([1e-7]), 7);
    assert.equal(form.decimals([1.25e-7]), 9);
    assert.notEqual(form.price(7.1234e-6, form.decimals([7.1234e-6])), form.price(7.1189e-6, form.decimals([7.1189e-6])));
    assert.equal(form.decimals([1.23456789e-9]), 12);
    assert.equal(form.decimals([1e21]), 0);
    assert.equal(form.decimals([14354.52277612, 0, -1.5]), 2);
    assert.equal(form.decimals([185.12345678]), 4);
    assert.equal(form.decimals([123456789.5]), 0);
    assert.equal(form.price(62696.4, 1), "62,696.4");
    assert.equal(form.price(-3, 0), "\u22123");
    assert.equal(form.price(null), "–");
});

test("a change is read without colour", () => {
    assert.deepEqual([0.011, -0.0031, 0, -0.00001].map(form.percent), ["+1.10\u2009%", "\u22120.31\u2009%", "0.00\u2009%", "0.00\u2009%"]);
    assert.deepEqual([0.011, -0.0031, 0, 0.00004, null].map(form.direction), ["up", "down", "flat", "flat", "flat"]);
    assert.equal(form.percent(null), "–");
});

test("volumes have about three digits", () => {
    assert.deepEqual([0, 0.00012, 3.14159, 31.4159, 812.3, 1234, 45_600_000, 2.5e9, null].map(form.volume), ["0.00", "0.0001", "3.14", "31.4", "812", "1.23k", "45.6M", "2.50B", "–"]);
});

test("no rounding of a volume changes its unit or loses all its digits", () => {
    assert.deepEqual([0.00001234, 0.00009999, 9.999, 99.96, 999.4, 999.6, 999_499, 999_999, 999_999_999, 999.9996e9, 1.5e12, -0.00001234, -999_999].map(form.volume),
        ["0.000012", "0.0001", "10.0", "100", "999", "1.00k", "999k", "1.00M", "1.00B", "1.00T", "1.50T", "-0.000012", "-1.00M"]);
    let seed = Math.floor(Math.random() * 2 ** 31);
    const units = { "": 1, k: 1e3, M: 1e6, B: 1e9, T: 1e12 };
    for (let round = 0; round < 50_000; round += 1) {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
        const value = 10 ** ((seed / 2 ** 31) * 30 - 14);
        const text = form.volume(value);
        const [, number, unit] = text.match(/^([0-9.e+-]+?)([kMBT]?)$/) ?? [];
        assert.ok(Number(number) > 0 && (unit === "" || Number(number) < 1000), `${value}: ${text}`);
        const error = Math.abs((Number(number) * units[unit]) / value - 1);
        assert.ok(error <= (value < 0.1 ? 0.5 : 0.051), `${value}: ${text}`);
    }
});

test("no rounding of a size, a length or a share changes its unit or loses all its digits", () => {
    assert.deepEqual([999.4, 999_499, 999_500, 999_999, 9_949_999, 9_999_999, 999_999_999, 1e15, 4_000_000].map(bytes), ["999 B", "999 kB", "1.0 MB", "1.0 MB", "9.9 MB", "10 MB", "1.0 GB", "1.0 PB", "4.0 MB"]);
    assert.deepEqual([999.4, 999.6, 59_949, 59_960, 60_000].map(duration), ["999 ms", "1.0 s", "59.9 s", "1 m", "1 m"]);
    assert.notEqual(Number(form.price(1e-14, form.decimals([1e-14]))), 0);
    assert.deepEqual([{ present: 1, empty: 0, unknown: 999_999 }, { present: 0, empty: 0, unknown: 9 }, { present: 999_999, empty: 0, unknown: 1 }, { present: 9, empty: 1, unknown: 0 }].map(proven), ["<0.01\u2009%", "0.00\u2009%", "99.99\u2009%", "100\u2009%"]);
});

test("ages and durations", () => {
    assert.deepEqual([-5, 0, 59_999, 60_000, 15_000_000, 36_000_000, 172_800_000, 864e8].map(form.span), ["0 s", "0 s", "59 s", "1 m", "4 h 10 m", "10 h", "2 d", "1,000 d"]);
    assert.deepEqual([912, 1234, 125_000, 3_600_000, null].map(duration), ["912 ms", "1.2 s", "2 m 5 s", "1 h", "–"]);
    assert.deepEqual([0, 42_000, 725_000].map(form.stopwatch), ["0:00", "0:42", "12:05"]);
});

test("times are UTC, and a stretch says the day once", () => {
    assert.equal(form.clock(noon), "12:00:00");
    assert.equal(form.stamp(noon), "2026-11-18 12:00");
    assert.equal(form.stamp(noon, 86_400_000), "2026-11-18");
    assert.equal(form.stamp(noon, null), "2026-11-18");
    assert.equal(stretch(noon, noon + 240_000), "2026-11-18 12:00 – 12:04");
    assert.equal(stretch(noon, noon + 86_400_000), "2026-11-18 12:00 – 2026-11-19 12:00");
    assert.equal(form.timeframeWords("1m"), "1 minute");
    assert.equal(form.timeframeWords("14D"), "14 days");
});

test("sizes", () => {
    assert.deepEqual([0, 999, 1500, 12_345_678, 1_288_490_188, null].map(bytes), ["0 B", "999 B", "1.5 kB", "12 MB", "1.3 GB", "–"]);
});

test("every state has a shape and a word, and what is not known looks unknown", () => {
    assert.deepEqual(form.stateLook("live"), { shape: "●", text: "live", tone: "good" });
    assert.deepEqual(form.stateLook("half_open"), { shape: "◐", text: "half-open", tone: "warn" });
    assert.deepEqual(form.stateLook("nonsense"), { shape: "?", text: "nonsense", tone: "idle" });
});

test("one is not said as many", () => {
    assert.deepEqual([0, 1, 2, 1234].map((number) => form.counted(number, "gap")), ["0 gaps", "1 gap", "2 gaps", "1,234 gaps"]);
});
