import assert from "node:assert/strict";
import { test } from "node:test";

import { lanName } from "./support/chromium.mjs";
import { until } from "./support/deadline.mjs";
import { group } from "./support/group.mjs";
import { isLive, views, watchRows } from "./support/hooks.mjs";
import { World } from "./support/world.mjs";

const tabs = 12;

group("many tabs", async () => {
    const world = await World.start({ symbols: ["BTCUSD", "ETHUSD"], days: 2, quiet: 0 });
    await world.backfill(["BTCUSD-1m", "ETHUSD-1m"]);
    await world.stream(["BTCUSD", "ETHUSD"]);
    await world.serve({ ALLOWED_HOSTS: lanName });
    return world;
}, (on) => {
    test(`${tabs} tabs at a name of the LAN are live over one stream, and the server still stops at once`, async () => {
        const pages = [];
        for (let index = 0; index < tabs; index++) pages.push(await on().open(views.watch, lanName));
        for (const page of pages) {
            assert.equal(await page.evaluate("isSecureContext"), false);
            await page.until(isLive);
            await page.until(`${watchRows} === 2`);
        }
        assert.equal((await on().world.ask("summary")).streams.open, 1);
        assert.equal(await openStreams(on().world), 1);
        const last = `document.querySelector('tr[data-symbol="BTCUSD"] [data-col="last"]').textContent`;
        const before = await Promise.all(pages.map((page) => page.evaluate(last)));
        await Promise.all(pages.map((page, index) => page.until(`${last} !== ${JSON.stringify(before[index])}`, 60_000)));
        const asked = performance.now();
        const { code } = /** @type {any} */ (await on().world.server?.stop("SIGTERM"));
        const seconds = (performance.now() - asked) / 1000;
        assert.equal(code, 0);
        assert.ok(seconds < 5, `the server took ${seconds} s to stop`);
        for (const page of pages) page.forgive(/ERR_|Failed to load/);
    });

    test("tabs that are closed leave the stream, and the last one ends it", async () => {
        const { world } = on();
        if (!world.server?.isRunning) await world.serve({ ALLOWED_HOSTS: lanName });
        const pages = [await on().open(views.watch, lanName), await on().open(views.jobs, lanName)];
        for (const page of pages) await page.until(isLive, 40_000);
        await pages[0].close();
        assert.equal((await world.ask("summary")).streams.open, 1);
        await pages[1].close();
        await until("no stream is open", async () => (await world.ask("summary")).streams.open === 0);
    });

    test("a browser without shared workers has a stream for each tab", async () => {
        const page = await on().tab();
        await page.send("Page.addScriptToEvaluateOnNewDocument", { source: "delete window.SharedWorker" });
        await page.goto(on().world.url(views.watch, lanName));
        await page.until(isLive, 40_000);
        await page.until(`${watchRows} === 2`);
    });
});

/** How many streams the metrics tell of. @param {World} world */
async function openStreams(world) {
    const text = await (await fetch(world.url("metrics"))).text();
    return Number(/^cryptotrader_frontend_streams (\d+)/m.exec(text)?.[1]);
}
