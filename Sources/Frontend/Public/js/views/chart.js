// @ts-check
// The chart of one series: which one, its bars as they come, and the last of them as a table.

import { barOf, Bars, barsOf, endsWords, MOST_BARS, slotWords } from "../bars.js";
import { badge, find, h, problemLine, say, setData, setFreshness, setText } from "../dom.js";
import { decimals, direction, percent, price, timeframeWords } from "../format.js";
import { AskFailed } from "../live.js";
import { Drawing, indexOf, library, Strip } from "./drawing.js";

/** @typedef {import("../../types.js").SymbolRow} SymbolRow */
/** @typedef {import("../../types.js").Candles} Candles */
/** @typedef {import("../../types.js").BarsEvent["bars"][number]} Told */
/** @typedef {import("../bars.js").Bar} Bar */

const PAGE = 1500;
const WAYS = { kept: "as the exchange gives it", folded: "folded from shorter bars", derived: "folded from days" };

/** @param {string} symbol @param {string} timeframe */
const address = (symbol, timeframe) => `#/chart/${encodeURIComponent(symbol)}/${timeframe}`;

/** @param {HTMLElement} section @param {import("../main.js").Page} page */
export function create(section, page) {
    const { live } = page;
    /** @type {Bars | null} */
    let bars = null;
    /** @type {import("./drawing.js").Drawn} */
    let drawn = { slots: [], runs: [] };
    /** @type {SymbolRow[]} */
    let symbols = page.symbols.data ?? [];
    let symbol = "";
    let timeframe = "";
    let places = 0;
    /** The slot that somebody looks at, or -1: the newest. */
    let cursor = -1;
    let isTable = false;
    /** @type {Promise<(bars: Bars | null, places: number) => void> | null} */
    let tabled = null;
    /** @type {Drawing | null} */
    let drawing = null;
    let asking = new AbortController();
    let isOlderAsked = false;
    let isAgainDue = false;
    let againAt = -Infinity;
    let isTailDue = false;
    let isFramePending = false;

    const name = h("h2", { id: "chart-name" });
    const last = h("p", { class: "last figure" });
    const state = badge("unknown");
    const head = h("div", { class: "bar" });
    const frames = h("div", { class: "frames", role: "group", "aria-label": "Timeframe" });
    const choice = h("select", { "aria-label": "Symbol", onchange: () => (location.hash = address(choice.value, timeframe)) });
    const legendText = h("span");
    const legendChange = h("span");
    const legend = h("p", { class: "legend figure", id: "legend" }, legendText, "  ", legendChange);
    const canvas = h("div", { class: "drawing", "aria-hidden": "true" });
    const box = h("div", { id: "chart", tabindex: "0", role: "application", "aria-roledescription": "candlestick chart", "aria-describedby": "chart-help", onkeydown: press }, canvas);
    const strip = new Strip(() => drawing, () => bars?.step ?? null);
    const rows = h("div", { hidden: true });
    const missing = h("p", { class: "problem", hidden: true }, "Chart library not installed – run ", h("code", {}, "scripts/fetch-web-assets"), ", then load this page again. The last bars are below as a table.");
    const foot = h("p", { class: "muted", id: "chart-note" });
    const problem = problemLine();
    const toNow = h("button", { type: "button", "data-action": "now", onclick: goToNow }, "Go to now");
    const toTable = h("button", { type: "button", "data-action": "table", "aria-pressed": "false", onclick: () => setTable(!isTable) }, "Table");
    const help = h("p", { id: "chart-help", class: "help muted", hidden: true }, "← → a bar · PgUp PgDn a page · + − zoom · Home End the ends · t table · ? this help. Times are UTC.");
    const toHelp = h("button", { type: "button", "aria-expanded": "false", "aria-controls": "chart-help", "aria-label": "Keys", onclick: toggleHelp }, "?");
    const chartBox = h("div", { class: "chart-box" }, box, strip.canvas);
    section.replaceChildren(head, legend, problem.element, missing, chartBox, rows, h("div", { class: "bar below" }, strip.text, toNow, toTable, toHelp), help, foot);

    head.append(name, choice, last, state, frames);

    live.on("bars", event => !section.hidden && event.bars.forEach(take));
    live.on("symbols", event => event.symbols.filter(isShown).forEach(showLast));
    live.on("snapshot", () => askAgain(0));
    live.on("changed", event => mayHaveChanged(event) && askAgain(4000));
    live.on("theme", () => (drawing?.paint(), draw(true)));
    live.on("second", tick);
    live.on("link", tellState);
    live.on("condition", tellState);
    live.on("rows", ({ rows: all }) => {
        symbols = all;
        if (symbol) showNames();
        else if (!section.hidden) openFirst();
    });

    /** @param {SymbolRow} each */
    const isShown = each => each.symbol === symbol;
    const row = () => symbols.find(isShown);
    const isKept = () => row()?.timeframes.some(each => each.timeframe === timeframe && each.kind === "kept") ?? true;

    /** @param {import("../../types.js").ChangedEvent} event */
    function mayHaveChanged({ topics, series }) {
        if (!topics.includes("candles") && !topics.includes("coverage")) return false;
        return series.some(each => (isKept() ? each === `${symbol}-${timeframe}` : each.startsWith(`${symbol}-`)));
    }

    function openFirst() {
        const first = symbols[0];
        if (first) location.replace(address(first.symbol, first.timeframes[0]?.timeframe ?? "1m"));
    }

    /** @param {string} wanted @param {string} frame */
    function open(wanted, frame) {
        if (wanted === symbol && frame === timeframe && bars) return askAgain(0);
        symbol = wanted;
        timeframe = frame;
        places = 0;
        page.chosen = symbol;
        live.emit("chosen");
        showNames();
        load();
    }

    function showNames() {
        const known = row();
        setText(name, known?.name ?? symbol);
        box.setAttribute("aria-label", `${name.textContent} ${timeframeWords(timeframe)}`);
        if (choice.options.length !== symbols.length) choice.replaceChildren(...symbols.map(each => h("option", { value: each.symbol }, each.name)));
        choice.value = symbol;
        const all = known?.timeframes ?? [{ timeframe, kind: /** @type {const} */ ("kept") }];
        frames.replaceChildren(...all.map(each => h("a", { href: address(symbol, each.timeframe), "aria-current": each.timeframe === timeframe && "true", title: `${timeframeWords(each.timeframe)}, ${WAYS[each.kind]}` }, each.timeframe)));
        if (known) showLast(known);
        else last.replaceChildren();
    }

    /** @param {Pick<SymbolRow, "last" | "change_24h">} of */
    function showLast(of) {
        places = Math.max(places, decimals([of.last]));
        last.replaceChildren(h("strong", {}, price(of.last, places)), h("span", { "data-dir": direction(of.change_24h) }, ` ${percent(of.change_24h)}`));
        tellState();
        page.retitle();
    }

    /** A chart that stands still looks like one of a quiet market: its symbol's state says which it is. */
    function tellState() {
        const known = row();
        if (section.hidden || !known) return;
        const shown = page.symbols.shown(known.state);
        setFreshness(state, known, shown, live.now());
        setData(head, "state", shown);
    }

    /**
     * A page of candles; null where it is no longer wanted, or failed.
     * @param {string} more of the query @returns {Promise<import("../live.js").Answer<Candles> | null>}
     */
    async function ask(more) {
        const { signal } = asking;
        try {
            await live.ready;
            /** @type {import("../live.js").Answer<Candles>} */
            const answer = await live.ask(`candles?symbol=${encodeURIComponent(symbol)}&timeframe=${encodeURIComponent(timeframe)}${more}`, signal);
            if (signal.aborted || answer.data.symbol !== symbol || answer.data.timeframe !== timeframe) return null;
            problem.show(null);
            return answer;
        } catch (error) {
            if (!(error instanceof AskFailed) && !signal.aborted) throw error;
            if (!signal.aborted) problem.show(/** @type {AskFailed} */ (error));
            return null;
        }
    }

    async function load() {
        asking.abort();
        asking = new AbortController();
        bars = null;
        cursor = -1;
        isOlderAsked = isAgainDue = false;
        drawn = { slots: [], runs: [] };
        drawing?.set(drawn, 0, false);
        tellLegend();
        setText(legendText, "Loading…");
        tellBox();
        const [answer, charts] = await Promise.all([ask(`&limit=${PAGE}`), library()]);
        showMissing(!charts);
        if (!answer) return void (problem.element.hidden || setText(legendText, ""));
        drawing ??= charts && new Drawing(charts, canvas, frame, point);
        bars = new Bars(answer.data);
        replay(answer.seq);
        places = Math.max(places, decimals(bars.all.slice(-200).flatMap(bar => [bar.o, bar.c])));
        draw(false);
    }

    /**
     * Bars that were told after the snapshot was read.
     * @param {number} seq
     */
    function replay(seq) {
        for (const event of live.recent.after(seq, "bars")) {
            for (const told of event.bars) if (told[0] === symbol && told[1] === timeframe) bars?.live(barOf(told));
        }
    }

    /**
     * What is shown may have changed: asks for all of it, `pause` ms after the last time at the earliest, and keeps in place what is in sight.
     * @param {number} pause
     */
    async function askAgain(pause) {
        if (section.hidden || !symbol || isAgainDue) return;
        if (!bars) return load();
        isAgainDue = true;
        const wanted = bars;
        await new Promise(resolve => setTimeout(resolve, Math.max(0, againAt + pause - performance.now())));
        if (bars !== wanted) return;
        isAgainDue = false;
        againAt = performance.now();
        const answer = await ask(`&limit=${Math.min(MOST_BARS, Math.max(PAGE, wanted.all.length + 100))}`);
        if (!answer || bars !== wanted) return;
        bars.merge(answer.data);
        replay(answer.seq);
        draw(true);
    }

    async function askOlder() {
        if (!bars || bars.before === null || bars.isFull || isOlderAsked) return;
        isOlderAsked = true;
        const wanted = bars;
        const answer = await ask(`&limit=${Math.min(PAGE, MOST_BARS - bars.all.length)}&before=${bars.before}`);
        if (bars !== wanted) return;
        isOlderAsked = false;
        if (!answer) return;
        bars.merge(answer.data);
        draw(true);
    }

    /**
     * A bar as it forms: never draws all anew, so that nothing moves under the eye.
     * @param {Told} told
     */
    function take(told) {
        if (!bars || told[0] !== symbol) return;
        if (told[1] === timeframe) takeBar(barOf(told));
        else if (!isKept()) askTail();
    }

    /** Bars that the server folds are not told of: the newest are asked for when those they consist of change. */
    async function askTail() {
        if (isTailDue) return;
        isTailDue = true;
        const wanted = bars;
        await new Promise(resolve => setTimeout(resolve, 1000));
        const answer = bars === wanted && !section.hidden ? await ask("&limit=3") : null;
        isTailDue = false;
        if (answer && bars === wanted) barsOf(answer.data).forEach(takeBar);
    }

    /** @param {Bar} bar */
    function takeBar(bar) {
        if (!bars) return;
        const how = bars.live(bar);
        if (how === "leap") draw(true), askAgain(2000);
        if (how === "leap" || how === "outside") return;
        if (how === "next") drawn = bars.slots();
        else {
            const slot = how === "newest" ? drawn.slots.at(-1) : drawn.slots[indexOf(drawn.slots, bar.t)];
            if (slot) slot.bar = bar;
        }
        drawing?.update(bar, how === "older", drawn);
        tellBox();
        tellLegend();
        if (how === "next") frame();
    }

    /** @param {boolean} isKept what is in sight stays where it is */
    function draw(isKept) {
        if (!bars) return;
        const looked = drawn.slots[cursor]?.t;
        drawn = bars.slots();
        if (isKept && looked !== undefined) cursor = indexOf(drawn.slots, looked);
        drawing?.set(drawn, places, isKept);
        tellBox();
        tellLegend();
        tellFoot();
        if (isTable) fillTable();
        frame();
    }

    /** Draws the strip once a frame, and asks for older bars when the oldest come into sight. */
    function frame() {
        if (isFramePending) return;
        isFramePending = true;
        requestAnimationFrame(() => {
            isFramePending = false;
            const range = drawing?.range;
            if (!range) return;
            setData(box, "range", `${range.from.toFixed(2)},${range.to.toFixed(2)}`);
            strip.draw();
            if (range.from < 60) askOlder();
        });
    }

    /** @param {number} slot */
    function point(slot) {
        cursor = slot;
        tellLegend();
    }

    function tellBox() {
        const all = bars?.all ?? [];
        const facts = { symbol, timeframe, bars: all.length, first: all[0]?.t ?? "", last: all.at(-1)?.t ?? "", lastClose: all.at(-1)?.c ?? "" };
        for (const [key, value] of Object.entries(facts)) setData(box, key, value);
    }

    /** @param {import("../bars.js").Slot} slot */
    const words = slot => slotWords(slot, bars?.step ?? null, places);

    function tellLegend() {
        const slot = drawn.slots[cursor] ?? drawn.slots.at(-1);
        const ratio = slot?.bar ? slot.bar.c / slot.bar.o - 1 : null;
        setText(legendText, slot ? words(slot) : "");
        setText(legendChange, ratio === null ? "" : percent(ratio));
        setData(legendChange, "dir", direction(ratio));
    }

    function tellFoot() {
        if (bars) setText(foot, endsWords(bars, live.now()));
    }

    function tick() {
        if (section.hidden) return;
        tellState();
        tellFoot();
        if (isTable) fillTable();
    }

    async function fillTable() {
        tabled ??= import("./bars-table.js").then(module => module.create(rows));
        (await tabled)(bars, places);
    }

    /** @param {boolean} isMissing */
    function showMissing(isMissing) {
        if (isMissing === !missing.hidden) return;
        missing.hidden = !isMissing;
        toTable.hidden = toNow.hidden = isMissing;
        setTable(isMissing);
    }

    /** @param {boolean} isIt */
    function setTable(isIt) {
        isTable = isIt;
        toTable.setAttribute("aria-pressed", String(isTable));
        rows.hidden = !isTable;
        chartBox.hidden = isTable;
        if (isTable) fillTable();
        else frame();
    }

    function goToNow() {
        cursor = -1;
        drawing?.goToNow();
        tellLegend();
    }

    function toggleHelp() {
        help.hidden = !help.hidden;
        toHelp.setAttribute("aria-expanded", String(!help.hidden));
        if (!help.hidden) say(help.textContent ?? "");
    }

    /** @param {KeyboardEvent} event */
    function press(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "t") return setTable(!isTable);
        if (event.key === "?") return toggleHelp();
        const range = drawing?.range;
        if (!range) return;
        const length = range.to - range.from;
        const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -Math.round(length), PageDown: Math.round(length), Home: -Infinity, End: Infinity };
        const step = steps[/** @type {keyof typeof steps} */ (event.key)];
        const zoom = { "+": 0.8, "=": 0.8, "-": 1.25 }[event.key];
        if (step !== undefined) moveTo(Math.max(0, Math.min(drawn.slots.length - 1, (cursor < 0 ? drawn.slots.length : cursor) + step)), range);
        else if (zoom && drawing) drawing.range = { from: range.to - Math.max(10, length * zoom), to: range.to };
        else return;
        event.preventDefault();
    }

    /** @param {number} index @param {{from: number, to: number}} range */
    function moveTo(index, range) {
        cursor = index;
        const slot = drawn.slots[index];
        if (!slot || !drawing) return;
        const shift = index < range.from + 1 ? index - range.from - 1 : index > range.to - 3 ? index - range.to + 3 : 0;
        if (shift) drawing.range = { from: range.from + shift, to: range.to + shift };
        drawing.point(index);
        tellLegend();
        say(words(slot));
    }

    return {
        /** @param {string} [wanted] @param {string} [frame] */
        show(wanted, frame) {
            if (wanted) open(wanted, frame || timeframe || "1m");
            else symbol ? location.replace(address(symbol, timeframe)) : openFirst();
        },
        hide: () => {},
        title: () => `${find("strong", last)?.textContent ?? ""} ${name.textContent} ${timeframe}`.trim(),
    };
}
