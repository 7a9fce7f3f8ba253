import assert from "node:assert/strict";
import { test } from "node:test";

import { promised, until } from "./support/deadline.mjs";
import { group, noChartLibrary } from "./support/group.mjs";
import { isLive } from "./support/hooks.mjs";
import { SentCandles } from "./support/sent-candles.mjs";
import { World } from "./support/world.mjs";

const recorded = process.env.CRYPTOTRADER_DATA;
const symbols = recorded ? ["BTCUSD", "ETHBTC", "IOTUSD"] : ["BTCUSD", "ETHUSD", "SOLUSD"];
// In recorded data there are hours in which little was traded.
const wanted = recorded ? 8 : 20;

/** Notes in the page when its last bar changed, and to what. */
const noteLastBars = `(() => {
    window.lastBars = [];
    const series = window.keptCharts.at(-1).series.find((one) => one.seriesType() === "Candlestick");
    const note = () => {
        const bar = series.data().at(-1);
        const last = window.lastBars.at(-1);
        if (bar && (last?.time !== bar.time * 1000 || last?.close !== bar.close)) {
            // The bar is on screen with the next frame.
            const noted = { time: bar.time * 1000, close: bar.close, at: Infinity };
            window.lastBars.push(noted);
            requestAnimationFrame(() => setTimeout(() => (noted.at = Date.now())));
        }
    };
    series.subscribeDataChanged(note);
    note();
})()`;

group(`live, ${recorded ? "recorded" : "generated"}`, async () => {
    const world = await World.start(recorded ? { data: recorded } : { symbols, days: 2, quiet: 0 });
    await world.backfill(symbols.map((symbol) => `${symbol}-1m`));
    const between = await SentCandles.listen(world.exchange);
    Object.assign(world, { between });
    await world.stream(symbols, { BITFINEX_WS_URL: between.url });
    await world.serve();
    return world;
}, (on) => {
    test(`the last bar is on screen within 1 s after the exchange sent it, the slowest within ${promised(1, 5)} s`, { skip: noChartLibrary }, async (context) => {
        const { between } = /** @type {World & { between: SentCandles }} */ (on().world);
        context.after(() => between.close());
        const charts = [];
        for (const symbol of symbols) {
            const { page } = await on().chart(`${symbol}/1m`);
            await page.until(isLive);
            await page.evaluate(noteLastBars);
            charts.push({ symbol, page });
        }
        const begin = Date.now();
        const sent = () => changes(between.sent).filter(({ at }) => at > begin);
        await until(`${wanted} bars are sent`, () => sent().length >= wanted + 5, { timeout: 300_000 });
        const lags = [];
        for (const { symbol, page } of charts) {
            const bars = sent().filter((one) => one.symbol === symbol);
            if (!bars.length) continue;
            const { close } = /** @type {any} */ (bars.at(-1));
            lags.push(...await until(`${symbol} shows ${close}, or what came after it`, async () => {
                const shown = await page.evaluate("window.lastBars.filter(({ at }) => at < Infinity)");
                const found = lagsOf(sent().filter((one) => one.symbol === symbol), shown).slice(0, bars.length);
                return found.every(Number.isFinite) && found.filter((lag) => lag >= 0);
            }, { timeout: 60_000 }));
        }
        lags.sort((one, other) => one - other);
        const middle = lags[lags.length >> 1];
        context.diagnostic(`${lags.length} bars: ${lags[0]} to ${lags.at(-1)} ms from the exchange to the screen, half of them within ${middle}`);
        assert.ok(lags.length >= wanted);
        assert.ok(middle <= 1_000, `${lags}`);
        assert.ok(/** @type {number} */ (lags.at(-1)) <= promised(1_000, 5_000), `${lags}`);
    });

    test("the market watch has the price of the store", async () => {
        const page = await on().open("#/watch");
        await page.until(isLive);
        for (const symbol of symbols) {
            const shown = `document.querySelector('tr[data-symbol="${symbol}"] [data-col="last"]').textContent`;
            await until(`the price of ${symbol}`, async () => {
                const [{ close }] = await on().world.rows(
                    `SELECT close FROM candles WHERE symbol = '${symbol}' AND timeframe = '1m' ORDER BY open_time DESC LIMIT 1`);
                // The page shows seven digits that count, an exchange may have eight.
                return Math.abs(Number((await page.evaluate(shown)).replace(/[^\d.]/g, "")) - close) <= close * 5e-7;
            }, { timeout: 60_000 });
        }
    });
});

/** Without those whose close was sent before. @param {SentCandles["sent"]} bars */
const changes = (bars) => bars.filter((bar, index) => bars.findIndex((one) => isSame(one, bar)) === index);

/** @param {SentCandles["sent"][number]} one @param {SentCandles["sent"][number]} other */
const isSame = (one, other) => one.symbol === other.symbol && one.time === other.time && one.close === other.close;

/**
 * How long after each sent bar the screen showed it, or one that was sent after it, in milliseconds; Infinity where it
 * did not yet, and below zero where it showed it before, as an answer of the exchange already had it.
 *
 * @param {SentCandles["sent"]} sent @param {{ time: number, close: number, at: number }[]} shown
 */
function lagsOf(sent, shown) {
    const indexOf = (/** @type {typeof shown[number]} */ bar) => sent.findIndex((one) => one.time === bar.time && one.close === bar.close);
    const seen = shown.map((bar) => ({ at: bar.at, index: indexOf(bar) }));
    const firstAt = (/** @type {number} */ index) => Math.min(...seen.filter((one) => one.index >= index).map((one) => one.at));
    return sent.map(({ at }, index) => firstAt(index) - at);
}
