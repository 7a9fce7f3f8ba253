import { until } from "./deadline.mjs";

/** Runs in the page before its own scripts: keeps each chart that the library makes, with its series, for a test to look at. */
export const keepCharts = `(() => {
    const charts = [];
    let library;
    Object.defineProperty(window, "keptCharts", { value: charts });
    Object.defineProperty(window, "LightweightCharts", {
        configurable: true,
        get: () => library,
        set: (value) => {
            library = { ...value, createChart: (...given) => {
                const chart = value.createChart(...given);
                const kept = { chart, series: [] };
                const add = chart.addSeries.bind(chart);
                chart.addSeries = (...wanted) => {
                    const series = add(...wanted);
                    kept.series.push(series);
                    return series;
                };
                charts.push(kept);
                return chart;
            } };
        },
    });
})();`;

const chart = "window.keptCharts.at(-1)";
const candles = `${chart}.series.find((one) => one.seriesType() === "Candlestick")`;

/** What the library itself holds of the chart that is on a page. */
export class ChartProbe {
    /** @param {import("./page.mjs").Page} page */
    constructor(page) {
        this.page = page;
    }

    /** Keeps the charts of all documents to come. @param {import("./page.mjs").Page} page */
    static async attach(page) {
        await page.send("Page.addScriptToEvaluateOnNewDocument", { source: keepCharts });
        return new ChartProbe(page);
    }

    /** Waits until there is a candle in the chart. @param {number} [timeout] */
    async drawn(timeout) {
        await this.page.until(`${candles}.data().some((bar) => "open" in bar)`, timeout);
    }

    /** Time in milliseconds, open, high, low and close of each bar. @returns {Promise<number[][]>} */
    bars() {
        return this.page.evaluate(`${candles}.data().filter((bar) => "open" in bar)
            .map(({ time, open, high, low, close }) => [time * 1000, open, high, low, close])`);
    }

    /** The slot of the time axis in which a bar stands. @param {number} time In milliseconds. @returns {Promise<number>} */
    slot(time) {
        return this.page.evaluate(`${chart}.chart.timeScale().timeToIndex(${time / 1000})`);
    }

    /** The last bar, as above. */
    async last() {
        return (await this.bars()).at(-1);
    }

    /** Indices of the slots at the edges of what is in view. @returns {Promise<{ from: number, to: number }>} */
    range() {
        return this.page.evaluate(`${chart}.chart.timeScale().getVisibleLogicalRange()`);
    }

    /** Times in seconds of the edges of what is in view. @returns {Promise<{ from: number, to: number }>} */
    timeRange() {
        return this.page.evaluate(`${chart}.chart.timeScale().getVisibleRange()`);
    }

    /**
     * Shows these until they are in view: a page that asks again at the same moment draws all where it was.
     *
     * @param {number} from @param {number} to Indices of slots.
     */
    async put(from, to) {
        await until(`the chart is at ${from} to ${to}`, async () => {
            await this.show(from, to);
            const range = await this.range();
            return Math.abs(range.from - from) < 1 && Math.abs(range.to - to) < 1;
        });
    }

    /** @param {number} from @param {number} to */
    async show(from, to) {
        await this.page.evaluate(`void ${chart}.chart.timeScale().setVisibleLogicalRange({ from: ${from}, to: ${to} })`);
        await this.page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(1))))");
    }
}

/** Bars of an answer of /candles: time in milliseconds, open, high, low, close. @param {any} page @returns {number[][]} */
export const barsOf = ({ t, o, h, l, c }) => t.map((/** @type {number} */ time, /** @type {number} */ at) => [time, o[at], h[at], l[at], c[at]]);
