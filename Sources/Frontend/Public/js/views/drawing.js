// @ts-check
// The drawn part of the chart: the library's candles and volume, and below them a strip of what is known.

import { h, ink, pen, say, setData, setText } from "../dom.js";
import { count, price, volume } from "../format.js";

/** @typedef {import("../bars.js").Bar} Bar */
/** @typedef {import("../bars.js").Run} Run */
/** @typedef {ReturnType<import("../bars.js").Bars["slots"]>} Drawn */
/** @typedef {{from: number, to: number}} Range in slots */

export const LIBRARY = { file: "/assets/lightweight-charts-5.2.1.js", hash: "sha256-4hzFyqAibvML2FScULnvkmYV8qTua05IY1NHelX1mM8=" };

/** @type {Promise<any> | null} */
let loading = null;

/** The library; null where it is not installed or not what it should be. */
export function library() {
    loading ??= new Promise(resolve => {
        const script = h("script", { src: LIBRARY.file, integrity: LIBRARY.hash });
        /** @type {any} */
        const place = globalThis;
        script.onload = () => resolve(place.LightweightCharts ?? null);
        script.onerror = () => ((loading = null), script.remove(), resolve(null));
        document.head.append(script);
    });
    return loading;
}

/** @param {Bar} bar */
const candleOf = bar => ({ time: bar.t / 1000, open: bar.o, high: bar.h, low: bar.l, close: bar.c });
/** @param {Bar} bar */
const volumeOf = bar => ({ time: bar.t / 1000, value: bar.v, color: ink(bar.c < bar.o ? "down" : "up", 0.5) });

export class Drawing {
    /**
     * @param {any} charts the library @param {HTMLElement} element
     * @param {() => void} moved another stretch is in sight @param {(slot: number) => void} pointed at a slot, or -1
     */
    constructor(charts, element, moved, pointed) {
        this.element = element;
        /** @type {Drawn} */
        this.drawn = { slots: [], runs: [] };
        /**
         * The stretch that the library was asked to show and does not show yet.
         * @type {Range | null}
         */
        this.asked = null;
        const chart = (this.chart = charts.createChart(element, {
            autoSize: true,
            layout: { attributionLogo: false, background: { type: "solid", color: "transparent" }, fontSize: 11, panes: { enableResize: false } },
            timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 3, minBarSpacing: 0.4 },
            rightPriceScale: { minimumWidth: 64, entireTextOnly: true },
            crosshair: { mode: 0 },
            handleScroll: { vertTouchDrag: false },
        }));
        const quiet = { priceLineVisible: false, lastValueVisible: false };
        this.shade = chart.addSeries(charts.HistogramSeries, { ...quiet, priceScaleId: "shade", autoscaleInfoProvider: () => ({ priceRange: { minValue: 0, maxValue: 1 } }) });
        this.shade.priceScale().applyOptions({ scaleMargins: { top: 0, bottom: 0 }, visible: false });
        this.candles = chart.addSeries(charts.CandlestickSeries, { priceLineStyle: 1 });
        this.volumes = chart.addSeries(charts.HistogramSeries, { ...quiet, priceFormat: { type: "custom", formatter: volume, minMove: 0.0001 } }, 1);
        chart.panes()[0].setStretchFactor(4);
        chart.panes()[1].setStretchFactor(1);
        chart.timeScale().subscribeVisibleLogicalRangeChange(moved);
        chart.timeScale().subscribeSizeChange(moved);
        /** @param {any} event */
        const follow = event => event.sourceEvent && pointed(event.point && this.drawn.slots[event.logical] ? event.logical : -1);
        chart.subscribeCrosshairMove(follow);
        this.paint();
    }

    /** Takes the colours of the theme. Rising candles are hollow, falling ones filled: readable without colour. */
    paint() {
        const [line, grid, label, up, down] = ["line", "grid", "label", "up", "down"].map(ink);
        this.chart.applyOptions({
            layout: { textColor: ink("muted"), panes: { separatorColor: line, separatorHoverColor: line } },
            grid: { vertLines: { color: grid }, horzLines: { color: grid } },
            rightPriceScale: { borderColor: line },
            timeScale: { borderColor: line },
            crosshair: { vertLine: { labelBackgroundColor: label }, horzLine: { labelBackgroundColor: label } },
        });
        this.candles.applyOptions({ upColor: "rgba(0,0,0,0)", borderUpColor: up, wickUpColor: up, downColor: down, borderDownColor: down, wickDownColor: down, priceLineColor: ink("accent") });
    }

    /**
     * All anew; with `isKept`, what is in sight stays where it is.
     * @param {Drawn} drawn @param {number} places after the point @param {boolean} isKept
     */
    set(drawn, places, isKept) {
        const [range, before] = [this.range, this.drawn.slots];
        this.drawn = drawn;
        const { slots } = drawn;
        /** @param {number} value */
        const formatter = value => price(value, places);
        this.candles.applyOptions({ priceFormat: { type: "custom", formatter, minMove: 10 ** -places } });
        this.candles.setData(slots.map(slot => (slot.bar ? candleOf(slot.bar) : { time: slot.t / 1000 })));
        this.volumes.setData(slots.map(slot => (slot.bar ? volumeOf(slot.bar) : { time: slot.t / 1000 })));
        this.shade.setData(slots.filter(slot => slot.kind === "unknown").map(slot => ({ time: slot.t / 1000, value: 1, color: ink("unknown", 0.17) })));
        if (isKept && range && before.length) this.range = shifted(range, before, slots);
        else if (!slots.length) this.asked = null;
        else this.range = { from: slots.length - Math.max(40, this.element.clientWidth / 7), to: slots.length + 3 };
    }

    /**
     * One bar as it forms: what is in sight does not move, but follows at the edge.
     * @param {Bar} bar @param {boolean} isOlder than the newest @param {Drawn} drawn with it
     */
    update(bar, isOlder, drawn) {
        const before = this.drawn.slots;
        this.drawn = drawn;
        this.candles.update(candleOf(bar), isOlder);
        this.volumes.update(volumeOf(bar), isOlder);
        if (this.asked) this.range = shifted(this.asked, before, drawn.slots);
    }

    /**
     * What is in sight. The library shows what it is asked for one frame later; until then that counts.
     * @returns {Range | null}
     */
    get range() {
        return this.asked ?? this.chart.timeScale().getVisibleLogicalRange();
    }

    set range(range) {
        this.asked = range;
        this.chart.timeScale().setVisibleLogicalRange(range);
        requestAnimationFrame(() => {
            if (this.asked === range) this.asked = null;
        });
    }

    /** @param {number} index */
    point(index) {
        const slot = this.drawn.slots[index];
        if (slot?.bar) this.chart.setCrosshairPosition(slot.bar.c, slot.t / 1000, this.candles);
        else this.chart.clearCrosshairPosition();
    }

    goToNow() {
        this.point(-1);
        const { range } = this;
        const to = this.drawn.slots.length + 2;
        if (range) this.range = { from: to - (range.to - range.from), to };
    }

    get width() {
        return this.chart.timeScale().width();
    }
}

/**
 * The stretch that shows the same bars among other slots.
 * @param {Range} range @param {{t: number}[]} before @param {{t: number}[]} slots @returns {Range}
 */
export function shifted(range, before, slots) {
    const isAtEdge = range.to >= before.length - 1;
    const at = isAtEdge ? before.length - 1 : Math.max(0, Math.floor(range.to));
    const shift = (isAtEdge ? slots.length - 1 : indexOf(slots, before[at].t)) - at;
    return { from: range.from + shift, to: range.to + shift };
}

/**
 * The last slot that begins at a time or before it.
 * @param {{t: number}[]} slots @param {number} t
 */
export function indexOf(slots, t) {
    let [low, high] = [0, slots.length - 1];
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (slots[middle].t <= t) low = middle;
        else high = middle - 1;
    }
    return Math.max(0, low);
}

/** The strip under the chart: with trades, confirmed empty, unknown. */
export class Strip {
    /** @param {() => Drawing | null} drawing @param {() => number | null} step */
    constructor(drawing, step) {
        this.drawing = drawing;
        this.step = step;
        this.at = -1;
        this.text = h("p", { class: "strip-text muted", id: "strip-readout" });
        this.canvas = h("canvas", { id: "strip", tabindex: "0", role: "img" });
        this.canvas.onkeydown = event => this.walk(event);
        this.canvas.onpointermove = event => this.read(reading => reading.hover(this, event.offsetX));
        this.canvas.onpointerleave = () => this.tell();
    }

    /**
     * With what says the single runs, which is loaded when it is first wanted.
     * @param {(reading: typeof import("./strip-reading.js")) => void} use
     */
    read(use) {
        import("./strip-reading.js").then(use, () => say("The server does not answer."));
    }

    /** @param {KeyboardEvent} event */
    walk(event) {
        const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!way || !this.view) return;
        event.preventDefault();
        this.read(reading => reading.walk(this, way));
    }

    /** @returns {{from: number, length: number, width: number, runs: Run[], drawing: Drawing} | null} */
    get view() {
        const drawing = this.drawing();
        const range = drawing?.range;
        return drawing && range ? { from: range.from, length: range.to - range.from, width: drawing.width, runs: drawing.drawn.runs, drawing } : null;
    }

    draw() {
        const seen = this.view;
        if (!seen || !this.canvas.clientWidth) return;
        const context = pen(this.canvas);
        /** @param {number} slot */
        const x = slot => Math.min(seen.width, Math.max(0, ((slot - seen.from) / seen.length) * seen.width));
        for (const run of seen.runs) {
            const [start, end] = [x(run.first - 0.5), x(run.last + 0.5)];
            if (end <= start) continue;
            const [top, height] = { present: [2, 6], empty: [4, 2], unknown: [0, 10] }[run.kind];
            context.fillStyle = ink(run.kind);
            context.fillRect(start, top, Math.max(1, end - start), height);
            if (run.shortened) context.clearRect((start + end) / 2 - 2, 0, 4, 10);
        }
        if (!this.canvas.matches(":hover, :focus")) this.tell();
    }

    /** What is in sight. */
    tell() {
        const seen = this.view;
        if (!seen) return setText(this.text, "");
        const inSight = seen.runs.filter(each => each.last >= seen.from && each.first <= seen.from + seen.length);
        /** @param {string} kind */
        const sum = kind => inSight.reduce((all, each) => all + (each.kind === kind ? each.count : 0), 0);
        const shortened = inSight.some(each => each.shortened) ? " · long gaps are drawn shorter" : "";
        setText(this.text, `In sight: ${sum("empty") ? `${count(sum("empty"))} empty` : "none empty"} · ${sum("unknown") ? `${count(sum("unknown"))} unknown` : "none unknown"}${shortened}`);
        this.canvas.setAttribute("aria-label", `Coverage. ${this.text.textContent}. Left and right step through the gaps.`);
    }
}
