import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const [minute, day] = [60_000, 86_400_000];

/**
 * Markets as a trader would expect them, all made up: about where the price is, the digits after its point, how far it moves in a day,
 * what a day's volume is in the base currency, and the share of minutes without a trade.
 *
 * @type {Record<string, { price: number, places: number, daily: number, volume: number, quiet: number }>}
 */
const markets = {
    BTCUSD: { price: 90_000, places: 0, daily: 0.022, volume: 900, quiet: 0.01 },
    ETHUSD: { price: 3_000, places: 1, daily: 0.03, volume: 9_000, quiet: 0.02 },
    SOLUSD: { price: 130, places: 2, daily: 0.038, volume: 60_000, quiet: 0.08 },
    XRPUSD: { price: 2, places: 4, daily: 0.034, volume: 4_000_000, quiet: 0.06 },
    LTCUSD: { price: 90, places: 2, daily: 0.03, volume: 22_000, quiet: 0.2 },
    ADAUSD: { price: 0.5, places: 5, daily: 0.036, volume: 1_500_000, quiet: 0.25 },
    DOTUSD: { price: 3, places: 4, daily: 0.036, volume: 110_000, quiet: 0.3 },
    LEOUSD: { price: 9, places: 4, daily: 0.008, volume: 14_000, quiet: 0.35 },
};

export const symbols = Object.keys(markets);

/**
 * Writes made-up candles of a minute as `bitfinex-replay serve --data` reads recordings: up to a day from now, so that new ones come.
 *
 * @param {string} folder @param {number} days How far they reach back.
 */
export function makeUpMarkets(folder, days) {
    mkdirSync(folder, { recursive: true });
    const today = Math.floor(Date.now() / day) * day;
    for (const [index, symbol] of symbols.entries()) {
        const rows = candles(markets[symbol], today - days * day, Math.floor(Date.now() / minute) * minute + day - minute, index + 1);
        writeFileSync(join(folder, `${symbol}_1m_${new Date().getUTCFullYear()}.jsonl.gz`), gzipSync(rows.join("\n") + "\n", { level: 1 }));
    }
    return folder;
}

/**
 * Rows of `[time, open, close, high, low, volume]`. The price wanders about its own, calmer and wilder by turns, and wilder minutes
 * trade more.
 *
 * @param {typeof markets[string]} market @param {number} from @param {number} to @param {number} seed
 */
function candles({ price: usual, places, daily, volume, quiet }, from, to, seed) {
    const chance = randomOf(seed);
    const bell = () => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
    const step = daily / Math.sqrt(1440);
    const text = (/** @type {number} */ value) => String(Number(value.toFixed(places)));
    const rows = [];
    let [price, mood] = [usual * (1 + daily * bell()), 0];
    for (let time = from; time < to; time += minute) {
        mood = 0.995 * mood + 0.04 * bell();
        const size = price * step * Math.exp(mood);
        const open = price;
        price += size * bell() + (usual - price) / 8_000;
        if (time > from && chance() < quiet) continue;
        const [low, high] = [Math.min(open, price) - size * 0.5 * chance(), Math.max(open, price) + size * 0.5 * chance()];
        const traded = (volume / 1440) * Math.exp(1.2 * mood + 1.1 * bell() - 0.6);
        rows.push(`[${time},${text(open)},${text(price)},${text(high)},${text(low)},${String(Number(traded.toFixed(8)))}]`);
    }
    return rows;
}

/** Numbers of [0, 1), the same for the same seed. @param {number} seed */
function randomOf(seed) {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}
