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

    /** @param {string} name @param {{ raw: number, packed: number, requests: number }} limits */
    async function stays(context, name, limits) {
        const { requests, raw, packed, files } = await weight(name);
        context.diagnostic(`${name}: ${requests} files, ${raw} bytes, ${packed} packed`);
        assert.ok(raw <= limits.raw, `${raw} bytes`);
        assert.ok(packed <= limits.packed, `${packed} bytes packed`);
        assert.ok(requests <= limits.requests, `${requests} files: ${files}`);
        return files;
    }

    // Just above what is reached, so that nothing grows unseen.
    test("what the first address shows takes at most 19 kB packed, in 8 files", async (context) => {
        await stays(context, "watch", { raw: 53_500, packed: 18_800, requests: 8 });
    });

    // The library alone has 198 kB, 62 kB packed.
    test("with the chart and its library it takes at most 276 kB, 90 kB packed, in 12 files", { skip: noChartLibrary }, async (context) => {
        const files = await stays(context, "chart", { raw: 276_000, packed: 89_800, requests: 12 });
        assert.ok(files.some((file) => /lightweight/.test(file)));
        assert.deepEqual(files.filter((file) => /table|reading|lists|amounts|alone|palette|views.css/.test(file)), [], "comes with its first use");
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
