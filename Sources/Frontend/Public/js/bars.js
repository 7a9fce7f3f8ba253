// @ts-check
// The bars of one series, with a slot for each interval in which nobody traded or of which nothing is known. Pure.

import { count, price, span, stamp, volume } from "./format.js";

/** @typedef {import("../types.js").Candles} Candles */
/** @typedef {{t: number, o: number, h: number, l: number, c: number, v: number}} Bar */
/** @typedef {"present" | "empty" | "unknown"} Kind */
/** Slots `first` to `last` are of one kind; `count` intervals, more than slots where it is shortened. */
/** @typedef {{kind: Kind, from: number, to: number, count: number, first: number, last: number, shortened: boolean}} Run */
/** @typedef {{t: number, bar: Bar | null, kind: Kind}} Slot */

export const MOST_BARS = 10_000;
export const MOST_SLOTS_OF_A_RUN = 300;

/** @param {Candles} page @returns {Bar[]} */
export function barsOf(page) {
    return page.t.map((t, i) => ({ t, o: page.o[i], h: page.h[i], l: page.l[i], c: page.c[i], v: page.v[i] }));
}

/** @param {import("../types.js").BarsEvent["bars"][number]} told @returns {Bar} */
export const barOf = ([, , t, o, h, l, c, v]) => ({ t, o, h, l, c, v });

/**
 * "2026-11-18 03:12 UTC  O 90 …", or that there is no bar.
 * @param {Slot} slot @param {number | null} step @param {number} places of prices
 */
export function slotWords(slot, step, places) {
    const at = `${stamp(slot.t, step)} UTC`;
    if (!slot.bar) return `${at}  ${slot.kind === "empty" ? "nobody traded" : "unknown"}`;
    const { o, h, l, c, v } = slot.bar;
    return `${at}  O\u00a0${price(o, places)}  H\u00a0${price(h, places)}  L\u00a0${price(l, places)}  C\u00a0${price(c, places)}  V\u00a0${volume(v)}`;
}

/**
 * What is known after the newest bar, and before the oldest.
 * @param {Bars} bars @param {number} now
 */
export function endsWords(bars, now) {
    const tail = bars.tail(now);
    const parts = bars.all.length ? [] : ["No bars yet."];
    if (tail) parts.push(tail.kind === "empty" ? `Nobody has traded since ${stamp(tail.from)} UTC.` : `Nothing is known since ${stamp(tail.from)} UTC (${span(now - tail.from)}).`);
    if (bars.isFull) parts.push(`${count(MOST_BARS)} bars are kept here at most; a longer timeframe reaches further back.`);
    else if (bars.before === null && bars.all.length) parts.push(`History begins ${stamp(bars.all[0].t, bars.step)} UTC.`);
    return parts.join(" ");
}

export class Bars {
    /** @param {Candles} page the newest */
    constructor(page) {
        this.symbol = page.symbol;
        this.timeframe = page.timeframe;
        this.step = page.step_ms;
        /** Oldest first. */
        this.all = barsOf(page);
        this.from = page.from_ms;
        this.to = page.to_ms;
        /**
         * Sorted, apart from each other.
         * @type {[number, number][]}
         */
        this.unknown = page.unknown;
        /** Ask for bars before this; null where there are none. */
        this.before = page.next_before;
    }

    get last() {
        return this.all.at(-1) ?? null;
    }

    get isFull() {
        return this.all.length >= MOST_BARS;
    }

    /**
     * Puts what a page tells in place of what was known of its stretch.
     * @param {Candles} page
     */
    merge(page) {
        const outside = this.all.filter(bar => bar.t < page.from_ms || bar.t >= page.to_ms);
        this.all = [...outside, ...barsOf(page)].sort((a, b) => a.t - b.t);
        this.unknown = cut(this.unknown, page.from_ms, page.to_ms).concat(page.unknown).sort((a, b) => a[0] - b[0]);
        if (page.from_ms <= this.from) {
            this.from = page.from_ms;
            this.before = page.next_before;
        }
        this.to = Math.max(this.to, page.to_ms);
        this.forget(this.all.length - MOST_BARS);
    }

    /** @param {number} tooMany the oldest, none where it is not above 0 */
    forget(tooMany) {
        if (tooMany <= 0) return;
        this.all = this.all.slice(tooMany);
        this.from = this.before = this.all[0].t;
    }

    /**
     * A bar as it forms. What lies between it and the newest one is unknown until a page tells of it.
     * @param {Bar} bar @returns {"newest" | "next" | "leap" | "older" | "outside"}
     */
    live(bar) {
        const last = this.last;
        if (bar.t < this.from) return "outside";
        if (last && bar.t < last.t) return this.older(bar);
        this.unknown = this.step ? cut(this.unknown, bar.t, bar.t + this.step) : this.unknown;
        if (last && bar.t === last.t) {
            this.all[this.all.length - 1] = bar;
            return "newest";
        }
        this.all.push(bar);
        // A hundred at once, since all is drawn anew then.
        const isTooMuch = this.all.length >= MOST_BARS + 100;
        if (isTooMuch) this.forget(100);
        const told = Math.max(last && this.step ? last.t + this.step : this.from, this.to);
        const leaps = bar.t > told;
        if (leaps && this.step) this.unknown.push([told, bar.t]);
        const misses = Boolean(last && this.step && bar.t > last.t + this.step);
        this.to = Math.max(this.to, bar.t + (this.step ?? 1));
        return misses || leaps || isTooMuch ? "leap" : "next";
    }

    /** @param {Bar} bar @returns {"older" | "leap"} */
    older(bar) {
        const at = this.all.findIndex(each => each.t >= bar.t);
        const isKnown = this.all[at].t === bar.t;
        this.all.splice(at, isKnown ? 1 : 0, bar);
        return isKnown ? "older" : "leap";
    }

    /**
     * A slot for each bar and each interval without one between the first bar and the last.
     * @returns {{slots: Slot[], runs: Run[]}}
     */
    slots(most = MOST_SLOTS_OF_A_RUN) {
        /** @type {Slot[]} */
        const slots = [];
        /** @type {Run[]} */
        const runs = [];
        let next = this.all[0]?.t ?? 0;
        for (const bar of this.all) {
            if (this.step && bar.t > next) this.fill(slots, runs, next, bar.t, this.step, most);
            const run = runs.at(-1);
            next = bar.t + (this.step ?? 0);
            if (run?.kind === "present") Object.assign(run, { to: next, count: run.count + 1, last: slots.length });
            else runs.push({ kind: "present", from: bar.t, to: next, count: 1, first: slots.length, last: slots.length, shortened: false });
            slots.push({ t: bar.t, bar, kind: "present" });
        }
        return { slots, runs };
    }

    /** @param {Slot[]} slots @param {Run[]} runs @param {number} from @param {number} to @param {number} step @param {number} most */
    fill(slots, runs, from, to, step, most) {
        for (const piece of pieces(this.unknown, from, to)) {
            const count = Math.round((piece.to - piece.from) / step);
            const shown = Math.min(count, most);
            if (!shown) continue;
            const first = slots.length;
            for (let i = 0; i < shown; i++) slots.push({ t: piece.from + i * step, bar: null, kind: piece.kind });
            runs.push({ ...piece, count, first, last: slots.length - 1, shortened: count > shown });
        }
    }

    /**
     * What is known of the time after the newest bar, up to `now`.
     * @param {number} now @returns {{kind: "empty" | "unknown", from: number} | null}
     */
    tail(now) {
        const last = this.last;
        if (!last || !this.step) return null;
        const end = last.t + this.step;
        if (now < end + this.step) return null;
        const unknown = this.unknown.find(([from, to]) => to > end && from < now);
        if (unknown) return { kind: "unknown", from: Math.max(unknown[0], end) };
        return now - this.to > 2 * this.step ? { kind: "unknown", from: Math.max(this.to, end) } : { kind: "empty", from: end };
    }
}

/**
 * Stretches without what lies in [from, to).
 * @param {[number, number][]} stretches @param {number} from @param {number} to
 */
export function cut(stretches, from, to) {
    /** @type {[number, number][]} */
    const kept = [];
    for (const [start, end] of stretches) {
        if (start < from) kept.push([start, Math.min(end, from)]);
        if (end > to) kept.push([Math.max(start, to), end]);
    }
    return kept;
}

/**
 * [from, to) in pieces of one kind each.
 * @param {[number, number][]} unknown @param {number} from @param {number} to
 */
export function pieces(unknown, from, to) {
    /** @type {{kind: Kind, from: number, to: number}[]} */
    const found = [];
    let next = from;
    for (const [start, end] of unknown) {
        if (end <= next || start >= to) continue;
        if (start > next) found.push({ kind: "empty", from: next, to: start });
        found.push({ kind: "unknown", from: Math.max(start, next), to: Math.min(end, to) });
        next = Math.min(end, to);
    }
    if (next < to) found.push({ kind: "empty", from: next, to });
    return found;
}
