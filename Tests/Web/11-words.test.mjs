import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";

import { group } from "./support/group.mjs";
import { hasSummary, isLive, isShown, views } from "./support/hooks.mjs";
import { pixel7 } from "./support/page.mjs";
import { World } from "./support/world.mjs";

const minute = 60_000;
const now = Math.floor(Date.now() / minute) * minute;
const hole = [now - 90 * minute, now - 89 * minute];

const warn = ["alert", "send", "--severity", "warning", "--source", "disk", "--rule", "free", "Little space is left"];

group("what the page says", async () => {
    /** Three hours, of which the last is at a round price. @type {import("./support/world.mjs").Candle[]} */
    const round = Array.from({ length: 180 }, (_, index) => index < 120 ? 90.25 : 90)
        .map((price, index) => [now - (180 - index) * minute, price, price, price, price, 1]);
    const world = await World.start({ symbols: ["BTCUSD", "ETHUSD"], days: 2, quiet: 0 });
    await world.backfill(["BTCUSD-1m", "ETHUSD-1m"]);
    await world.forget("BTCUSD-1m", hole[0], hole[1]);
    await world.run("ops", warn, [0, 69]);
    await world.write("LTCUSD-1m", round);
    // Nobody has looked at it for two hours.
    await world.write("XRPUSD-1m", round.slice(0, 60));
    await world.serve();
    return world;
}, (on) => {
    /** @param {string} name @param {typeof pixel7} [size] */
    async function open(name, size) {
        const page = await on().tab();
        if (size) await page.resize(size);
        await page.goto(on().world.url(views[name]));
        await page.until(isLive);
        await page.until(isShown[name]);
        await page.until(hasSummary);
        return page;
    }
    const holeRow = `document.querySelector('tr[data-gap="BTCUSD-1m-${hole[0]}"]')`;

    test("an alert says for how long it fires; how often and when last only once it was raised again", async () => {
        const page = await open("alerts");
        const line = `document.querySelector("[data-alert] .muted").textContent`;
        await page.until(`/^disk on \\S+ · for \\d+ [sm]$/.test(${line})`);
        await on().world.run("ops", warn, [0, 69]);
        await page.until(`/^disk on \\S+ · for \\d+ [sm] · raised 2 times, last \\d+ s ago$/.test(${line})`);
    });

    test("the chart of a symbol of which nothing is heard says so, and shows its change in no colour", async () => {
        const page = await on().tab();
        await page.resize(pixel7);
        await page.goto(on().world.url("#/chart/XRPUSD/1h"));
        await page.until(isLive);
        await page.until(`/^stale 2 h/.test(document.querySelector('[data-view="chart"] .state').innerText.slice(1).trim())`);
        const ink = (/** @type {string} */ query) => `getComputedStyle(document.querySelector('${query}')).color`;
        assert.equal(await page.evaluate(`${ink("[data-view=chart] .last [data-dir]")} === ${ink("#chart-note")}`), true);
    });

    test("one interval is not said as many, on a phone either", async () => {
        for (const size of [undefined, pixel7]) {
            const page = await open("gaps", size);
            const text = await page.evaluate(`${holeRow}.innerText`);
            assert.doesNotMatch(text, /\b1 intervals/);
            assert.equal(/1 interval\b/.test(text), size !== undefined, "where there is no column's name");
        }
    });

    test("a gap's sentence holds its command, once, and it is copied as it is", async () => {
        const page = await open("gaps");
        const { gaps } = await on().world.ask("gaps?symbol=BTCUSD");
        const { explanation } = gaps.find((/** @type {any} */ gap) => gap.from_ms === hole[0]);
        const [, command] = /'([^']+)'/.exec(explanation) ?? [];
        assert.equal(await page.evaluate(`${holeRow}.querySelector("code").textContent`), command);
        const shown = await page.evaluate(`${holeRow}.querySelector("p").textContent.replace("Copy", "")`);
        assert.equal(shown, explanation.replaceAll("'", ""));
        await page.evaluate(`${holeRow}.querySelector(".copy").click()`);
        assert.equal(await page.evaluate("getSelection().toString()"), command);
    });

    test("a command on a phone breaks between its words alone", async () => {
        const page = await open("gaps", pixel7);
        const broken = `[...document.querySelectorAll(".command code span")]
            .filter((word) => word.getClientRects().length > 1).map((word) => word.textContent)`;
        const lines = `new Set([...${holeRow}.querySelectorAll("code span")].map((word) => word.offsetTop)).size`;
        const counts = new Set();
        for (let width = pixel7.width; width > 260; width -= 8) {
            await page.resize({ ...pixel7, width });
            await page.until(`innerWidth === ${width}`);
            assert.deepEqual(await page.evaluate(broken), [], `${width} pixels wide`);
            counts.add(await page.evaluate(lines));
        }
        assert.ok(Math.max(...counts) > 1, "it is too long for one line");
    });

    test("a round price is shown with the digits that the symbol's others have", async () => {
        const page = await open("watch");
        await page.until(`document.querySelector('tr[data-symbol="LTCUSD"] [data-col="last"]').textContent === "90.00"`);
    });

    test("an address that is no view's shows one all the same", async () => {
        for (const hash of ["#/constructor", "#/%zz", "#/chart/%zz/1m"]) {
            const page = await on().tab();
            await page.goto(on().world.url(hash));
            await page.until(isLive);
            await page.until(`[...document.querySelectorAll("main > section")].some((view) => view.checkVisibility() && view.innerText.trim())`);
            page.forgive(/404/);
        }
    });

    test("every view is headed by the host and what is shown", async () => {
        for (const [name, heading] of Object.entries({ watch: "Market watch", gaps: "Gaps", jobs: "Jobs" })) {
            const page = await open(name);
            await page.until(`document.querySelector("h1").textContent === ${JSON.stringify(`${hostname()}: ${heading}`)}`);
        }
    });

    test("coverage names the newest gap of each series where there is room", async () => {
        const page = await open("coverage");
        const { rows } = await on().world.ask("coverage?timeframe=1m");
        const shown = await page.evaluate(`[...document.querySelectorAll(".map-shares li")].map((row) => row.lastChild.textContent)`);
        assert.equal(shown.length, rows.length);
        for (const [index, { last_gap: gap }] of rows.entries()) {
            const start = gap && new Date(gap.from_ms).toISOString().slice(0, 16).replace("T", " ");
            assert.ok(gap ? shown[index].startsWith(`last gap ${start} – `) : shown[index] === "", shown[index]);
        }
        assert.ok(rows.some((/** @type {any} */ row) => row.last_gap), "some gap is there");
        const isSeen = `document.querySelector(".map-shares li").lastChild.checkVisibility()`;
        assert.equal(await page.evaluate(isSeen), true);
        await page.resize({ width: 1000, height: 800, deviceScaleFactor: 1, mobile: false });
        assert.equal(await page.evaluate(isSeen), false);
        const shares = `[...document.querySelectorAll(".map-shares li > :first-child")].filter((one) => one.checkVisibility()).length`;
        assert.equal(await page.evaluate(shares), rows.length, "the shares stay");
    });
});

group("where nobody watches", async () => {
    const world = await World.start({ symbols: ["BTCUSD"], days: 1 });
    await world.backfill(["BTCUSD-1m"]);
    await world.serve();
    return world;
}, (on) => {
    test("no alert is not told as if all were well", async () => {
        for (let round = 0; round < 4; round++) {
            const page = await on().open(views.alerts);
            await page.until(`/Nobody watches/.test(document.querySelector("[data-view=alerts]").innerText)`);
        }
        const jobs = await on().open(views.jobs);
        await jobs.until(`/ops run does not work there/.test(document.querySelector("[data-host]")?.innerText)`);
        assert.equal(await jobs.evaluate(`document.querySelector("[data-host] .state").textContent.includes("live")`), false);
    });
});
