import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { test } from "node:test";

import { barsOf } from "./support/charts.mjs";
import { promised, until } from "./support/deadline.mjs";
import { group, noChartLibrary } from "./support/group.mjs";
import { bannerText, databaseText, isLive, isLost, isShown, views } from "./support/hooks.mjs";
import { greenPixels, greenThings } from "./support/looks.mjs";
import { World } from "./support/world.mjs";

/** Two heartbeats, and room for a slow machine. */
const untilLost = 30_000;
const hour = 3_600_000;
const now = Math.floor(Date.now() / hour) * hour;
/** Where something is drawn in green while all is well. @type {Record<string, string>} */
const drawn = { watch: "main", chart: "#chart", coverage: "#coverage-map" };
const offline = /ERR_|Failed to load resource|fetch/;

group("when something is away", async () => {
    const world = await World.start({ symbols: ["BTCUSD", "ETHUSD"], days: 3, quiet: 0.1 });
    await world.backfill(["BTCUSD-1m", "ETHUSD-1m"], 2);
    // Before what the stream makes known.
    await world.forget("ETHUSD-1m", now - 30 * hour, now - 29 * hour);
    await world.run("ops", ["backup", "--json"], [0, 75]);
    await world.stream(["BTCUSD", "ETHUSD"]);
    await world.serve();
    return world;
}, (on) => {
    test(`a killed server: every view says so within ${promised(12, untilLost / 1000)} s, and nothing is green`, async (context) => {
        const pages = [];
        for (const [name, view] of Object.entries(views)) {
            if (name === "chart" && noChartLibrary) continue;
            const page = await on().open(view);
            await page.until(isLive);
            await page.until(isShown[name]);
            pages.push(page);
            if (["watch", "chart", "coverage"].includes(name)) await until(`${name} is green while all is well`, () => greenPixels(page, drawn[name]));
        }
        assert.notDeepEqual(await pages[0].call(greenThings), [], "something is green while all is well");
        const killed = performance.now();
        await on().world.server?.stop("SIGKILL");
        await pages[0].until(`${isLost} && ${bannerText}`, untilLost);
        const seconds = (performance.now() - killed) / 1000;
        context.diagnostic(`the banner came ${seconds.toFixed(1)} s after the kill`);
        assert.ok(seconds <= promised(12, untilLost / 1000), `the banner came after ${seconds} s`);
        for (const page of pages) {
            await page.until(isLost);
            assert.match(await page.evaluate(bannerText), /^Disconnected \d+:\d\d.*figures below are from \d\d:\d\d:\d\d UTC/);
            assert.match(await page.evaluate("document.title"), /^⚠/);
            assert.deepEqual(await page.call(greenThings), []);
            await until("no pixel is green", async () => (await greenPixels(page)) === 0);
            assert.equal(await page.evaluate(`document.querySelectorAll('[data-state="live"], [data-state="ok"]').length`), 0);
        }
        await on().world.serve();
        for (const page of pages) {
            await page.until(`${isLive} && !${bannerText}`, 60_000);
            await page.until(`!document.title.startsWith("⚠")`);
            page.forgive(offline);
        }
        await until("green again", async () => (await pages[0].call(greenThings)).length);
    });

    test("a view that is opened first while the server is away comes whole when it is back", async () => {
        const page = await on().open(views.watch);
        await page.until(isLive);
        await page.until(isShown.watch);
        await on().world.server?.stop("SIGKILL");
        await page.evaluate(`location.hash = "${views.coverage}"`);
        await page.until(isLost, untilLost);
        await on().world.serve();
        await page.until(isLive, 60_000);
        await page.until(isShown.coverage);
        assert.equal(await page.evaluate(`[...document.styleSheets].some((sheet) => sheet.href?.endsWith("/views.css") && sheet.cssRules.length > 0)`), true);
        page.forgive(offline);
    });

    test("after a kill and a restart no bar is missing or doubled", { skip: noChartLibrary }, async () => {
        const { page, probe } = await on().chart("BTCUSD/1m");
        const first = (await probe.bars())[0][0];
        await page.until(isLive);
        await on().world.server?.stop("SIGKILL");
        // What the page misses: candles of the stream, and a correction of an older one.
        const [old] = await on().world.rows("SELECT open_time AS t FROM candle WHERE series_id = 1 ORDER BY open_time DESC LIMIT 1 OFFSET 4");
        await on().world.write("BTCUSD-1m", [[old.t, 7, 9, 5, 8, 3]]);
        await page.until(isLost, untilLost);
        await on().world.serve();
        await page.until(isLive, 60_000);
        await equal(on().world, probe, first);
        assert.ok((await probe.bars()).some(([time, open]) => time === old.t && open === 7), "the correction is on screen");
        page.forgive(offline);
    });

    test("a deleted database: the page says what is wrong and what to do, and recovers by itself", async () => {
        const page = await on().open(views.watch);
        await page.until(isLive);
        await page.until(isShown.watch);
        const { world } = on();
        const moved = [`${world.database}`, `${world.database}-wal`, `${world.database}-shm`];
        for (const path of moved) rename(path, `${path}.away`);
        await page.until(databaseText, 30_000);
        const said = await page.evaluate(databaseText);
        assert.match(said, /ingest|restore|backup|DATABASE_URL|path/i, "the banner says what to do");
        await until("nothing of the data is green", async () => (await page.call(greenThings, "main")).length === 0);
        await until("no pixel of the data is green", async () => (await greenPixels(page, "main")) === 0);
        assert.equal(await page.evaluate(isLive), true, "the connection itself is well");
        for (const path of moved) rename(`${path}.away`, path);
        await page.until(`!${databaseText}`, 30_000);
        await page.until(isShown.watch);
        page.forgive(/503|Failed to load/);
    });
});

group("before there are data", () => World.start({ migrated: false }).then(async (world) => {
    await world.serve();
    return world;
}), (on) => {
    test("without a database, then with an empty one, each view says what to do, and shows the first candles by itself", async () => {
        const { world } = on();
        const pages = [];
        for (const view of Object.values(views)) pages.push(await on().open(view));
        for (const page of pages) {
            await page.until(isLive);
            await page.until(`/ingest|database/i.test(${databaseText})`, 30_000);
            assert.deepEqual(await page.call(greenThings, "main"), []);
        }
        await world.run("ingest", ["migrate"]);
        for (const page of pages) await page.until(`/no candles/i.test(${databaseText}) && /ingest/.test(${databaseText})`, 30_000);
        await world.backfill(["BTCUSD-1m"]);
        for (const page of pages) await page.until(`!${databaseText}`, 30_000);
        await pages[0].until(isShown.watch);
        if (!noChartLibrary) await pages[1].until(isShown.chart);
        await pages[2].until(isShown.coverage);
        for (const page of pages) page.forgive(/503|404|Failed to load/);
    });
});

/** @param {string} from @param {string} to */
function rename(from, to) {
    try {
        renameSync(from, to);
    } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT") throw error;
    }
}

/**
 * Waits until the chart has exactly the bars of the API from `first` on; the newest one moves, so that one look may miss.
 *
 * @param {World} world @param {import("./support/charts.mjs").ChartProbe} probe @param {number} first
 */
async function equal(world, probe, first) {
    let shown, told;
    await until("the chart has the bars of the API", async () => {
        told = barsOf(await world.ask(`candles?symbol=BTCUSD&timeframe=1m&from=${first}&limit=10000`));
        shown = (await probe.bars()).filter(([time]) => time >= first);
        return JSON.stringify(shown) === JSON.stringify(told);
    }).catch(() => assert.deepEqual(shown, told));
}
