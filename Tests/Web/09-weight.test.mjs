import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { Firefox, firefox } from "./support/firefox.mjs";
import { group, missing, noChartLibrary } from "./support/group.mjs";
import { bannerText, isLive, isLost, isShown, views } from "./support/hooks.mjs";
import { ask } from "./support/raw.mjs";
import { World } from "./support/world.mjs";

async function two() {
    const world = await World.start({ symbols: ["BTCUSD", "ETHUSD"], days: 2, quiet: 0 });
    await world.backfill(["BTCUSD-1m", "ETHUSD-1m"]);
    await world.serve();
    return world;
}

group("the first load", two, (on) => {
    /** Bytes of the files that a view loads: as they are, and as they are sent packed. @param {string} name */
    async function weight(name) {
        const page = await on().open(views[name]);
        await page.until(isLive);
        await page.until(isShown[name]);
        const paths = [...new Set([...page.requests.values()].map(({ url }) => new URL(url)).map(({ pathname }) => pathname))];
        const files = paths.filter((path) => !path.startsWith("/api/"));
        const sums = { requests: files.length, raw: 0, packed: 0, files };
        for (const path of files) {
            const plain = await ask(on().world.port, path);
            const packed = await ask(on().world.port, path, { headers: { "Accept-Encoding": "gzip" } });
            assert.equal(plain.status, 200, path);
            sums.raw += plain.body.length;
            sums.packed += packed.body.length;
            assert.ok(packed.body.length <= gzipSync(plain.body, { level: 6 }).length * 1.05 + 50, `${path} is not packed`);
        }
        return sums;
    }

    test("the market watch takes at most 30 kB packed", async (context) => {
        const { requests, raw, packed, files } = await weight("watch");
        context.diagnostic(`market watch: ${requests} files, ${raw} bytes, ${packed} packed`);
        assert.ok(packed <= 30_000, `${packed} bytes in ${files}`);
    });

    test("with the chart it takes at most 250 kB, 85 kB packed, in 15 files", { skip: noChartLibrary }, async (context) => {
        const { requests, raw, packed, files } = await weight("chart");
        context.diagnostic(`chart: ${requests} files, ${raw} bytes, ${packed} packed`);
        assert.ok(files.some((file) => /lightweight/.test(file)));
        assert.ok(raw <= 250_000, `${raw} bytes`);
        assert.ok(packed <= 85_000, `${packed} bytes packed`);
        assert.ok(requests <= 15, `${requests} files: ${files}`);
    });
});

describe("Firefox", { skip: missing(firefox, "no Firefox: install firefox-esr, or name one in FIREFOX"), timeout: 120_000 }, () => {
    test("it shows every view, and knows when the server is gone and back", async () => {
        const world = await two();
        const browser = await Firefox.launch();
        try {
            for (const [name, view] of Object.entries(views)) {
                if (name === "chart" && noChartLibrary) continue;
                await browser.goto(world.url(view));
                await browser.until(isLive);
                if (name !== "gaps") await browser.until(`Boolean(${isShown[name]})`);
            }
            assert.deepEqual(browser.problems, []);
            await browser.goto(world.url(views.watch));
            await browser.until(isLive);
            await world.server?.stop("SIGKILL");
            await browser.until(isLost, 14_000);
            assert.notEqual(await browser.evaluate(bannerText), "");
            await world.serve();
            await browser.until(isLive, 40_000);
        } finally {
            await browser.close();
            await world.stop();
        }
    });
});
