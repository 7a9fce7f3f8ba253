import assert from "node:assert/strict";
import { test } from "node:test";

import { barsOf } from "./support/charts.mjs";
import { group, noChartLibrary } from "./support/group.mjs";
import { isLive } from "./support/hooks.mjs";
import { chartPixels } from "./support/looks.mjs";
import { World } from "./support/world.mjs";

const minute = 60_000;
const now = Math.floor(Date.now() / minute) * minute;

/** Falling candles, which are drawn filled, one a minute up to `end`. @param {number} count @param {number} end */
const falling = (count, end) =>
    Array.from({ length: count }, (_, index) => /** @type {[number, number, number, number, number, number]} */ ([end - (count - index) * minute, 110, 112, 98, 100, 5]));

group("a chart", async () => {
    const world = await World.start({ symbols: ["BTCUSD"], days: 9, quiet: 0 });
    await world.backfill(["BTCUSD-1m"], 7);
    await world.write("GAPUSD-1m", falling(40, now - 24 * minute));
    await world.write("GAPUSD-1m", falling(20, now));
    await world.serve();
    return world;
}, (on) => {
    test("10,000 bars are on screen within 1.5 s of opening it", { skip: noChartLibrary }, async () => {
        const page = await on().tab();
        await page.send("Page.addScriptToEvaluateOnNewDocument", { source: `localStorage.setItem("bars", "10000")` });
        await page.goto(on().world.url("#/watch"));
        await page.until(isLive);
        const { probe } = await timed(on, page);
        assert.ok((await probe.bars()).length >= 1_000);
    });

    test("it is drawn: candles in both colours, as many as the server has", { skip: noChartLibrary }, async () => {
        const { page, probe } = await on().chart("BTCUSD/1m");
        const { colours, coloured } = await page.call(chartPixels);
        assert.ok(colours > 4 && coloured > 500, `${colours} colours, ${coloured} pixels of a strong one`);
        const shown = await probe.bars();
        const answer = await on().world.ask(`candles?symbol=BTCUSD&timeframe=1m&limit=${shown.length}`);
        assert.deepEqual(shown, barsOf(answer));
    });

    test("four missing bars leave four empty slots", { skip: noChartLibrary }, async () => {
        const { page, probe } = await on().chart("GAPUSD/1m");
        const slots = await probe.slots();
        const empty = slots.filter((/** @type {any} */ slot) => slot.open === undefined).map((/** @type {any} */ slot) => slot.time * 1000);
        assert.deepEqual(empty, [24, 23, 22, 21].map((ago) => now - ago * minute));
        await probe.show(slots.length - 40, slots.length - 1);
        const gaps = widths((await page.call(chartPixels)).columns);
        const usual = [...gaps].sort((one, other) => one - other)[gaps.length >> 1];
        const wide = gaps.filter((gap) => gap > 1.5 * usual);
        assert.equal(wide.length, 1, `distances of bars in pixels: ${gaps}`);
        assert.ok(Math.abs(wide[0] / usual - 5) < 0.3, `${wide[0]} pixels where bars are ${usual} apart`);
    });
});

/** Distances between the middles of the bars that columns of coloured pixels make. @param {number[]} columns */
function widths(columns) {
    const middles = [];
    for (let at = 0, first = -1; at <= columns.length; at++) {
        // The line of the last price colours a pixel or two of each column.
        const isBar = columns[at] > 4;
        if (isBar && first < 0) first = at;
        if (!isBar && first >= 0) {
            middles.push((first + at - 1) / 2);
            first = -1;
        }
    }
    return middles.slice(1).map((middle, index) => middle - middles[index]);
}
