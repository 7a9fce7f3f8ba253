import assert from "node:assert/strict";
import { test } from "node:test";

import { ChartProbe, barsOf } from "./support/charts.mjs";
import { promised } from "./support/deadline.mjs";
import { group, noChartLibrary } from "./support/group.mjs";
import { isLive, views } from "./support/hooks.mjs";
import { chartPixels } from "./support/looks.mjs";
import { World } from "./support/world.mjs";

const minute = 60_000;
const now = Math.floor(Date.now() / minute) * minute;

/**
 * Falling candles, which are drawn filled, one a minute up to `end`.
 *
 * @param {number} count @param {number} end @returns {import("./support/world.mjs").Candle[]}
 */
const falling = (count, end) => Array.from({ length: count }, (_, index) => [end - (count - index) * minute, 110, 112, 98, 100, 5]);

group("a chart", async () => {
    const world = await World.start({ symbols: ["BTCUSD"], days: 9, quiet: 0 });
    await world.backfill(["BTCUSD-1m"], 7);
    await world.write("GAPUSD-1m", falling(40, now - 24 * minute));
    await world.write("GAPUSD-1m", falling(20, now));
    await world.serve();
    return world;
}, (on) => {
    test(`10,000 bars are on screen within ${promised(1.5, 5)} s of opening the view`, { skip: noChartLibrary }, async (context) => {
        const page = await on().tab();
        const probe = await ChartProbe.attach(page);
        await wantAll(page);
        await page.goto(on().world.url("#/watch"));
        await page.until(isLive);
        const milliseconds = await page.call(openAndTime, views.chart, 10_000);
        assert.equal((await probe.bars()).length, 10_000);
        context.diagnostic(`10,000 bars: ${Math.round(milliseconds)} ms from the click to the frame that shows them`);
        assert.ok(milliseconds <= promised(1_500, 5_000), `${milliseconds} ms`);
        assert.ok((await page.call(chartPixels)).coloured > 500);
    });

    test("it is drawn: candles in both colours, as many as the server has", { skip: noChartLibrary }, async () => {
        const { page, probe } = await on().chart("BTCUSD/1m");
        const { colours, coloured } = await page.call(chartPixels);
        assert.ok(colours > 4 && coloured > 500, `${colours} colours, ${coloured} pixels of a strong one`);
        const shown = await probe.bars();
        const answer = await on().world.ask(`candles?symbol=BTCUSD&timeframe=1m&limit=${shown.length}`);
        assert.deepEqual(shown, barsOf(answer));
    });

    test("a zoom holds when all is drawn anew in the same frame", { skip: noChartLibrary }, async () => {
        const { page, probe } = await on().chart("GAPUSD/1m");
        await probe.put(5, 45);
        const before = await probe.range();
        const theme = `document.querySelector('[data-action="theme"]').click();`;
        const press = (/** @type {string} */ key) => `document.querySelector("#chart").dispatchEvent(new KeyboardEvent("keydown", { key: "${key}", bubbles: true }));`;
        await page.evaluate(`${press("+")}${theme}${theme}${theme}void 0`);
        const from = before.to - 0.8 * (before.to - before.from);
        await page.until(near(from, before.to));
        const after = await probe.range();
        assert.ok(Math.abs(after.from - from) < 0.01 && Math.abs(after.to - before.to) < 0.01, `${JSON.stringify(after)} after ${JSON.stringify(before)}`);
    });

    test("four missing bars leave four empty slots", { skip: noChartLibrary }, async () => {
        const { page, probe } = await on().chart("GAPUSD/1m");
        const [before, after] = [await probe.slot(now - 25 * minute), await probe.slot(now - 20 * minute)];
        assert.equal(after - before, 5);
        await probe.put(after - 19, after + 20);
        const gaps = distances(await page.call(chartPixels));
        const usual = [...gaps].sort((one, other) => one - other)[gaps.length >> 1];
        const wide = gaps.filter((gap) => gap > 1.5 * usual);
        assert.equal(wide.length, 1, `distances of bars in pixels: ${gaps}`);
        assert.ok(Math.abs(wide[0] / usual - 5) < 0.3, `${wide[0]} pixels where bars are ${usual} apart`);
    });
});

/** The page says that this is in sight. @param {number} from @param {number} to */
const near = (from, to) => `(() => {
    const [from, to] = document.querySelector("#chart").dataset.range.split(",").map(Number);
    return Math.abs(from - ${from}) < 0.01 && Math.abs(to - ${to}) < 0.01;
})()`;

/** Lets the page's first request for candles ask for 10,000. @param {import("./support/page.mjs").Page} page */
async function wantAll(page) {
    await page.send("Fetch.enable", { patterns: [{ urlPattern: "*/api/v1/candles*" }] });
    page.onEvent("Fetch.requestPaused", ({ requestId, request }) => {
        page.send("Fetch.continueRequest", { requestId, url: request.url.replace(/limit=\d+/, "limit=10000") });
    });
}

/** Goes to a view within the page; how long it takes until the chart tells of `count` bars and a frame has shown them. */
function openAndTime(/** @type {string} */ view, /** @type {number} */ count) {
    const begin = performance.now();
    location.hash = view;
    return new Promise((drawn) => {
        const look = () => {
            const chart = /** @type {HTMLElement | null} */ (document.querySelector("#chart"));
            const has = Number(chart?.dataset.bars) >= count && chart?.querySelector("canvas");
            requestAnimationFrame(() => (has ? setTimeout(() => drawn(performance.now() - begin)) : look()));
        };
        look();
    });
}

/**
 * How far apart the middles of the bars are, in pixels.
 *
 * @param {ReturnType<typeof chartPixels>} pixels
 */
function distances({ columns, height }) {
    const middles = [];
    for (let at = 0, first = -1; at <= columns.length; at++) {
        // The line of the last price colours a pixel or two of each column, the shade of what is unknown all of them.
        const isBar = columns[at] > 4 && columns[at] < 0.9 * height;
        if (isBar && first < 0) first = at;
        if (!isBar && first >= 0) {
            middles.push((first + at - 1) / 2);
            first = -1;
        }
    }
    return middles.slice(1).map((middle, index) => middle - middles[index]);
}
