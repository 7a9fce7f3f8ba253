import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./support/deadline.mjs";
import { group, noChartLibrary } from "./support/group.mjs";
import { World } from "./support/world.mjs";

const minute = 60_000;

/**
 * `count` candles up to `end`, of a price that only its time decides.
 *
 * @param {number} count @param {number} end @returns {import("./support/world.mjs").Candle[]}
 */
const candles = (count, end) => Array.from({ length: count }, (_, index) => {
    const time = end - (count - index) * minute;
    const price = 100 + ((time / minute) % 17);
    return [time, price, price + 3, price - 2, price + 1, 5];
});

group("a chart while candles arrive", async () => {
    const world = await World.start();
    await world.serve();
    return world;
}, (on) => {
    /** A chart of a series of its own, whose last candles are yet to come. @param {string} symbol */
    async function chartOf(symbol, count = 400) {
        const { world } = on();
        const end = Math.floor(Date.now() / minute) * minute - 10 * minute;
        await world.write(`${symbol}-1m`, candles(count, end));
        const { page, probe } = await on().chart(`${symbol}/1m`);
        return { world, page, probe, end };
    }

    /** Writes the next candle as it forms and waits until the chart has it. @param {Awaited<ReturnType<typeof chartOf>>} open */
    async function next({ world, probe, end }, symbol = "", index = 0) {
        const [candle] = candles(1, end + (index + 1) * minute);
        await world.write(`${symbol}-1m`, [candle], { final: index < 4 });
        await until(`candle ${index + 1} is in the chart`, async () => (await probe.last())?.[0] === candle[0]);
    }

    test("what a person looks at stays where it is when the chart is scrolled back", { skip: noChartLibrary }, async () => {
        const open = await chartOf("BAKUSD");
        await open.probe.put(100, 200);
        const before = [await open.probe.range(), await open.probe.timeRange()];
        for (let index = 0; index < 5; index++) await next(open, "BAKUSD", index);
        assert.deepEqual([await open.probe.range(), await open.probe.timeRange()], before);
    });

    test("at the edge the chart follows", { skip: noChartLibrary }, async () => {
        const open = await chartOf("EDGUSD");
        const before = await open.probe.range();
        for (let index = 0; index < 5; index++) await next(open, "EDGUSD", index);
        const after = await open.probe.range();
        assert.ok(Math.abs(after.to - before.to - 5) < 0.01, `from ${JSON.stringify(before)} to ${JSON.stringify(after)}`);
        assert.ok(Math.abs(after.from - before.from - 5) < 0.01, "the zoom has changed");
    });

    test("a correction of the bar before the last one is taken", { skip: noChartLibrary }, async () => {
        const open = await chartOf("LATUSD");
        await next(open, "LATUSD", 0);
        const [[time, first, high, low]] = candles(1, open.end);
        await open.world.write("LATUSD-1m", [[time, first, high + 7, low, high + 5, 9]]);
        await until("the corrected bar", async () => {
            const bar = (await open.probe.bars()).at(-2);
            return bar?.[0] === time && bar[2] === high + 7 && bar[4] === high + 5;
        });
        assert.equal((await open.probe.last())?.[0], time + minute);
        assert.deepEqual(open.page.problems, []);
    });

    test("scrolling back loads older bars, and keeps what is in view", { skip: noChartLibrary }, async () => {
        const { page, probe } = await chartOf("LONUSD", 4_000);
        const count = (await probe.bars()).length;
        assert.ok(count < 4_000, `${count} bars at once`);
        // What the page asks for waits until it is known what was in view.
        const asked = /** @type {string[]} */ ([]);
        page.onEvent("Fetch.requestPaused", ({ requestId }) => asked.push(requestId));
        await page.send("Fetch.enable", { patterns: [{ urlPattern: "*&before=*" }] });
        await until("older bars are asked for", async () => {
            await probe.put(0, 100);
            return asked.length;
        });
        const before = await probe.timeRange();
        const oldest = (await probe.bars())[0][0];
        await page.send("Fetch.continueRequest", { requestId: asked[0] });
        await until("older bars", async () => (await probe.bars())[0][0] < oldest);
        assert.deepEqual(await probe.timeRange(), before);
        const times = (await probe.bars()).map(([time]) => time);
        assert.ok(times.every((time, index) => !index || time > times[index - 1]), "times only grow");
    });

    test("a bar that was missed while the page slept is fetched, not skipped", { skip: noChartLibrary }, async () => {
        const open = await chartOf("LEPUSD");
        await open.world.write("LEPUSD-1m", candles(5, open.end + 5 * minute));
        await until("all five bars", async () => {
            const times = (await open.probe.bars()).slice(-6).map(([time]) => (time - open.end) / minute);
            return JSON.stringify(times) === "[-1,0,1,2,3,4]";
        });
    });
});
