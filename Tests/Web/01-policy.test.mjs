import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { until } from "./support/deadline.mjs";
import { group, noChartLibrary } from "./support/group.mjs";
import { hasTableOfBars, isLive, isShown, views } from "./support/hooks.mjs";
import { World, webAssets } from "./support/world.mjs";

async function small() {
    const world = await World.start({ symbols: ["BTCUSD", "ETHUSD"], days: 1 });
    await world.backfill(["BTCUSD-1m", "ETHUSD-1m"]);
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    await world.forget("ETHUSD-1m", now - 3_600_000, now - 3_000_000);
    return world;
}

group("what the page may do", async () => {
    const world = await small();
    await world.serve();
    return world;
}, (on) => {
    test("no view makes an error, breaks the policy, or asks another host", async () => {
        for (const [name, view] of Object.entries(views)) {
            if (name === "chart" && noChartLibrary) continue;
            const page = await on().open(view);
            await page.until(isLive);
            await page.until(isShown[name]);
            assert.deepEqual(page.problems, [], name);
            const bad = [...page.requests.values()].filter(({ status }) => status !== undefined && status >= 400);
            assert.deepEqual(bad, [], name);
        }
    });

    test("the policy names only the server itself, and no answer goes without it", async () => {
        const wanted = {
            "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'", "base-uri": "'none'",
            "frame-ancestors": "'none'",
        };
        for (const path of ["", "js/main.js", "api/v1/summary", "health/ping", "nothing-here"]) {
            const { headers } = await fetch(on().world.url(path));
            const policy = Object.fromEntries((headers.get("content-security-policy") ?? "").split(";")
                .map((rule) => rule.trim().split(/\s+/)).map(([name, ...values]) => [name, values.join(" ")]));
            for (const [name, value] of Object.entries(wanted)) assert.equal(policy[name], value, `${name} of /${path}`);
            assert.doesNotMatch(JSON.stringify(policy), /unsafe|\*|http/, path);
            assert.equal(headers.get("x-content-type-options"), "nosniff", path);
            assert.equal(headers.get("referrer-policy"), "no-referrer", path);
        }
    });

    test("the chart's library is let in by its digest", { skip: noChartLibrary }, async () => {
        const { page } = await on().chart("BTCUSD/1m");
        const integrity = await page.evaluate(`document.querySelector('script[src*="lightweight"]').integrity`);
        assert.match(integrity, /^sha(256|384|512)-/);
    });

    test("a library that is changed on its way does not run: the page says so and shows the bars in a table", { skip: noChartLibrary }, async () => {
        const page = await on().tab();
        await page.send("Network.setCacheDisabled", { cacheDisabled: true });
        await page.send("Fetch.enable", { patterns: [{ urlPattern: "*/assets/*", requestStage: "Response" }] });
        const changed = /** @type {string[]} */ ([]);
        page.onEvent("Fetch.requestPaused", async ({ requestId, request, responseStatusCode: responseCode, responseHeaders }) => {
            const { body, base64Encoded } = await page.send("Fetch.getResponseBody", { requestId });
            const text = `${Buffer.from(body, base64Encoded ? "base64" : "utf8")}\nwindow.tampered = true;\n`;
            changed.push(`${responseCode} ${request.url}`);
            const kept = responseHeaders.filter((/** @type {any} */ { name }) => !/^content-(length|encoding)$/i.test(name));
            await page.send("Fetch.fulfillRequest", { requestId, responseCode, responseHeaders: kept, body: Buffer.from(text).toString("base64") });
        });
        await page.goto(on().world.url(views.chart));
        await page.until(hasTableOfBars);
        assert.match(changed.join(), /^200 \S+lightweight\S+$/);
        assert.equal(await page.evaluate("typeof window.tampered + typeof window.LightweightCharts"), "undefinedundefined");
        assert.match(await page.evaluate("document.body.innerText"), /scripts\/fetch-web-assets/);
        await until("the browser says why", () => page.problems.some((problem) => /digest.*integrity/.test(problem)));
        page.forgive(/digest.*integrity/);
    });

    test("text from the network is shown as text", async () => {
        const page = await on().open("#/chart/%3Cimg%20src=x%20onerror=alert(1)%3E/1m");
        await page.until(`document.querySelector("main").innerText.length > 0`);
        assert.equal(await page.evaluate(`document.querySelectorAll('img[src="x"]').length`), 0);
        page.forgive(/status of 4/);
    });
});

describe("without the chart's library", { skip: noChartLibrary }, () => {
    group("tampered", async () => {
        const world = await small();
        const folder = join(world.folder, "tampered");
        cpSync(webAssets, folder, { recursive: true });
        for (const name of readdirSync(folder).filter((one) => one.endsWith(".js"))) {
            writeFileSync(join(folder, name), readFileSync(join(folder, name), "utf8") + "\nwindow.tampered = true;\n");
        }
        await world.serve({ WEB_ASSETS_DIR: folder });
        return world;
    }, (on) => {
        test("a library that is not the one of the lock file is not served, and the bars stand in a table", async () => {
            const page = await on().open(views.chart);
            await page.until(hasTableOfBars);
            assert.equal(await page.evaluate("typeof window.tampered + typeof window.LightweightCharts"), "undefinedundefined");
            page.forgive(/integrity|digest|404|MIME type/);
        });
    });

    group("missing", async () => {
        const world = await small();
        mkdirSync(join(world.folder, "nothing"));
        await world.serve({ WEB_ASSETS_DIR: join(world.folder, "nothing") });
        return world;
    }, (on) => {
        test("the page says how to get it, and shows the bars in a table", async () => {
            const page = await on().open(views.chart);
            await page.until(hasTableOfBars);
            assert.match(await page.evaluate("document.body.innerText"), /scripts\/fetch-web-assets/);
            page.forgive(/404|MIME type/);
        });
    });
});
