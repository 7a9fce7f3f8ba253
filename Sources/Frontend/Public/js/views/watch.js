// @ts-check
// The market watch: what each symbol does, and how sure that is.

import { badge, emptyState, find, h, keep, kept, problemLine, setData, setFreshness, setText, spark } from "../dom.js";
import { counted, decimals, direction, percent, price, span, volume } from "../format.js";

/** @typedef {import("../../types.js").SymbolRow} SymbolRow */
/** @typedef {"symbol" | "last" | "change" | "volume" | "age"} Column */
/** @typedef {{column: Column, isDown: boolean}} Order */
/**
 * What a row is sorted by; null comes last in both directions.
 * @type {Record<Column, (row: SymbolRow) => string | number | null>}
 */
const KEYS = {
    symbol: row => row.name,
    last: row => row.last,
    change: row => row.change_24h,
    volume: row => (row.volume_24h === null || row.last === null ? null : row.volume_24h * row.last),
    age: row => (row.last_candle_ms === null ? null : -row.last_candle_ms),
};

/**
 * The rows in the order wanted: stars first, ties by name.
 * @param {SymbolRow[]} rows @param {Order} order @param {Set<string>} stars
 */
export function sorted(rows, order, stars) {
    const key = KEYS[order.column];
    return [...rows].sort((a, b) => {
        const starred = Number(stars.has(b.symbol)) - Number(stars.has(a.symbol));
        if (starred) return starred;
        const [x, y] = [key(a), key(b)];
        if (x === null || y === null) return Number(x === null) - Number(y === null) || compare(a.name, b.name);
        return (order.isDown ? -1 : 1) * compare(x, y) || compare(a.name, b.name);
    });
}

/** @param {string | number} a @param {string | number} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** @param {SymbolRow} row @param {string} text what was typed */
export function matches(row, text) {
    /** @param {string} each */
    const plain = each => each.toUpperCase().replace(/[^A-Z0-9]/g, "");
    return plain(row.symbol).includes(plain(text)) || plain(row.name).includes(plain(text));
}

/** A cell may flash so often, in ms. */
const FLASH = 500;
const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

/**
 * Roles are said, since rows are no tables for a style sheet that stacks them.
 * @param {string} column @param {string | null} name @param {...Node} children
 */
const cell = (column, name, ...children) => h("td", { "data-col": column, role: "cell", class: name }, ...children);

/** @param {string} column @param {...(Node | string)} children */
const heading = (column, ...children) => h("th", { "data-head": column, role: "columnheader", scope: "col" }, ...children);

/** One row on the page. */
class Line {
    /** @param {SymbolRow} row @param {(symbol: string) => void} star */
    constructor(row, star) {
        this.row = row;
        this.places = 0;
        this.flashedAt = -Infinity;
        this.star = h("button", { type: "button", class: "star", onclick: () => star(row.symbol) });
        this.link = h("a", {}, row.name);
        this.last = cell("last", "figure");
        this.change = cell("change", "figure");
        this.volume = cell("volume", "figure muted");
        this.age = cell("age", "figure muted");
        this.state = badge("unknown");
        this.canvas = h("canvas", { class: "spark", "aria-hidden": "true" });
        this.element = h("tr", { "data-symbol": row.symbol, role: "row" },
            cell("star", null, this.star), h("th", { "data-col": "symbol", scope: "row", role: "rowheader" }, this.link),
            cell("spark", null, this.canvas), this.last, this.change, this.volume, this.age, cell("state", null, this.state));
        this.setStar(false);
    }

    /** @param {boolean} isStarred */
    setStar(isStarred) {
        setText(this.star, isStarred ? "★" : "☆");
        this.star.setAttribute("aria-pressed", String(isStarred));
        this.star.setAttribute("aria-label", `Star ${this.row.name}`);
    }

    /** @param {Partial<SymbolRow>} row @param {string} state to show @param {number} now */
    show(row, state, now) {
        const before = this.row.last;
        this.row = { ...this.row, ...row };
        const { last, change_24h, timeframes } = this.row;
        this.places = Math.max(this.places, decimals([last, ...(row.spark ?? [])]));
        if (row.spark || row.timeframes) this.link.href = `#/chart/${encodeURIComponent(this.row.symbol)}/${timeframes[0]?.timeframe ?? "1m"}`;
        setText(this.last, price(last, this.places));
        setText(this.change, percent(change_24h));
        setData(this.change, "dir", direction(change_24h));
        const { volume_24h: base, name } = this.row;
        setText(this.volume, volume(base === null || last === null ? null : base * last));
        this.volume.title = base === null ? "" : `${volume(base)} ${name.split("/")[0]} in 24 hours, at the last price`;
        if (last !== null && before !== null && last !== before) this.flash(last > before);
        this.draw();
        this.tick(state, now);
    }

    draw() {
        const { spark: closes, last, change_24h } = this.row;
        if (this.canvas.clientWidth) spark(this.canvas, [...closes, last], { up: "up", down: "down", flat: "muted" }[direction(change_24h)]);
    }

    /** @param {boolean} isUp */
    flash(isUp) {
        const now = performance.now();
        if (still?.matches || document.hidden || now - this.flashedAt < FLASH) return;
        this.flashedAt = now;
        this.last.animate([{ backgroundColor: `var(--${isUp ? "up" : "down"}-soft)` }, { backgroundColor: "transparent" }], { duration: 450, easing: "ease-out" });
    }

    /** @param {string} state @param {number} now */
    tick(state, now) {
        const { last_candle_ms: candle } = this.row;
        setText(this.age, candle === null ? "–" : span(now - candle));
        setData(this.element, "state", state);
        setFreshness(this.state, this.row, state, now);
    }
}

/** @param {HTMLElement} section @param {import("../main.js").Page} page */
export function create(section, page) {
    const { live } = page;
    /** @type {Map<string, Line>} */
    const lines = new Map();
    /** @type {Set<string>} */
    const stars = new Set(stored("stars", []));
    /** @type {Order} */
    let order = stored("order", { column: "volume", isDown: true });
    let isHeld = false;
    let isOrderDue = false;
    let orderedAt = 0;

    const filter = h("input", { type: "search", id: "filter", placeholder: "Filter  /", "aria-label": "Filter symbols", autocomplete: "off", spellcheck: "false", oninput: arrange });
    const only = h("input", { type: "checkbox", onchange: arrange });
    const total = h("p", { class: "muted", role: "status" });
    const body = h("tbody", { role: "rowgroup" });
    /** @type {any[]} */
    const columns = Object.entries({ symbol: "Symbol", last: "Last", change: "24 h", volume: "Volume", age: "Age" });
    const heads = columns.map(([column, text]) =>
        heading(column, h("button", { type: "button", onclick: () => sortBy(column) }, text, h("span", { class: "arrow", "aria-hidden": "true" }))));
    heads[4].title = "Since the newest candle opened";
    const head = h("tr", { role: "row" }, heading("star", h("span", { class: "quiet" }, "Star")), heads[0], heading("spark", "24 hours"), ...heads.slice(1), heading("state", "State"));
    const grid = h("table", { class: "watch", role: "table", "aria-label": "Symbols" }, h("thead", { role: "rowgroup" }, head), body);
    const nothing = h("div", { hidden: true });
    const problem = problemLine();
    section.replaceChildren(h("div", { class: "bar" }, filter, h("label", { class: "check" }, only, "★ only"), total), problem.element, grid, nothing);

    const feed = page.symbols;
    live.on("rows", ({ rows, answer }) => apply(rows, answer));
    live.on("rows-failed", problem.show);
    live.on("symbols", event => isLoaded() && update(event.symbols));
    live.on("second", () => !section.hidden && tick());
    live.on("link", tick);
    live.on("condition", tick);
    live.on("theme", () => lines.forEach(line => line.draw()));
    body.addEventListener("pointerenter", event => (isHeld = event.pointerType === "mouse"));
    body.addEventListener("pointerleave", () => ((isHeld = false), arrangeIfDue()));
    body.addEventListener("focusout", () => setTimeout(arrangeIfDue));
    section.addEventListener("keydown", walk);
    addEventListener("resize", () => lines.forEach(line => line.draw()));
    addEventListener("keydown", event => {
        if (event.key !== "/" || section.hidden || document.activeElement?.matches("input, select")) return;
        event.preventDefault();
        filter.focus();
    });

    const isLoaded = () => lines.size > 0;

    /** @param {SymbolRow[]} rows @param {{seq: number}} answer */
    function apply(rows, answer) {
        const names = new Set(rows.map(row => row.symbol));
        const isOther = names.size !== lines.size || rows.some(row => !lines.has(row.symbol));
        for (const symbol of lines.keys()) if (!names.has(symbol)) lines.delete(symbol);
        for (const row of rows) {
            const line = lines.get(row.symbol) ?? new Line(row, star);
            lines.set(row.symbol, line);
            line.setStar(stars.has(row.symbol));
        }
        update(rows);
        for (const event of live.recent.after(answer.seq, "symbols")) update(event.symbols);
        isOther || !rows.length ? arrange() : arrangeIfDue();
        mark();
    }

    /** @param {(Partial<SymbolRow> & {symbol: string})[]} rows */
    function update(rows) {
        const now = live.now();
        for (const row of rows) {
            const line = lines.get(row.symbol);
            if (line) line.show(row, feed.shown(row.state ?? line.row.state), now);
            else feed.askSoon();
        }
        isOrderDue = true;
    }

    function tick() {
        const now = live.now();
        for (const line of lines.values()) line.tick(feed.shown(line.row.state), now);
        if (isOrderDue && performance.now() - orderedAt > 2000) arrangeIfDue();
    }

    /** Rows stay where they are while somebody points at one or has one in focus. */
    function arrangeIfDue() {
        if (isOrderDue && !isHeld && !body.contains(document.activeElement)) arrange();
    }

    function arrange() {
        isOrderDue = false;
        orderedAt = performance.now();
        const text = filter.value.trim();
        const rows = sorted([...lines.values()].map(line => line.row), order, stars).filter(row => matches(row, text) && (!only.checked || stars.has(row.symbol)));
        const elements = rows.flatMap(row => lines.get(row.symbol)?.element ?? []);
        if (elements.length !== body.children.length || elements.some((element, i) => element !== body.children[i])) body.replaceChildren(...elements);
        for (const each of heads) {
            const isIt = each.dataset.head === order.column;
            each.setAttribute("aria-sort", isIt ? (order.isDown ? "descending" : "ascending") : "none");
            setText(find(".arrow", each), isIt ? (order.isDown ? "▼" : "▲") : "");
        }
        setText(total, rows.length === lines.size ? counted(rows.length, "symbol") : `${rows.length} of ${lines.size}`);
        showNothing(rows.length, text);
        rows.forEach(row => lines.get(row.symbol)?.draw());
    }

    /** @param {number} count @param {string} text */
    function showNothing(count, text) {
        nothing.hidden = count > 0;
        grid.hidden = count === 0;
        if (count > 0) return;
        if (lines.size) nothing.replaceChildren(emptyState(text ? `No symbol matches “${text}”.` : "No symbol has a star.", h("button", { type: "button", onclick: clear }, "Show all")));
        else showFirstStep();
    }

    async function showFirstStep() {
        const { command } = await page.styled(import("../lists.js"));
        if (!lines.size) nothing.replaceChildren(emptyState("No series yet.", "Fill the first ones, and keep them up to date: ", command("ingest bootstrap --enable-gap-repair")));
    }

    function clear() {
        filter.value = "";
        only.checked = false;
        arrange();
        filter.focus();
    }

    /** @param {string} symbol */
    function star(symbol) {
        stars.has(symbol) ? stars.delete(symbol) : stars.add(symbol);
        keep("stars", JSON.stringify([...stars]));
        lines.get(symbol)?.setStar(stars.has(symbol));
        isOrderDue = true;
    }

    /** @param {Column} column */
    function sortBy(column) {
        order = { column, isDown: order.column === column ? !order.isDown : column !== "symbol" };
        keep("order", JSON.stringify(order));
        arrange();
    }

    /** @param {KeyboardEvent} event */
    function walk(event) {
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
        const links = [...body.querySelectorAll("a")];
        const at = links.findIndex(link => link.closest("tr")?.contains(document.activeElement));
        const next = at < 0 ? (event.key === "ArrowDown" ? 0 : -1) : at + (event.key === "ArrowDown" ? 1 : -1);
        event.preventDefault();
        next < 0 ? filter.focus() : links[next]?.focus();
    }

    live.on("chosen", mark);

    function mark() {
        for (const [symbol, { element }] of lines) {
            if (symbol === page.chosen) element.setAttribute("aria-current", "true");
            else element.removeAttribute("aria-current");
        }
    }

    if (feed.answer) apply(feed.answer.data, feed.answer);
    else problem.show(feed.error);

    return {
        show() {
            if (!isLoaded()) return;
            tick();
            arrange();
        },
        hide: () => {},
        title: () => "Market watch",
    };
}

/** @template T @param {string} key @param {T} otherwise @returns {T} */
function stored(key, otherwise) {
    try {
        return JSON.parse(kept(key) ?? "null") ?? otherwise;
    } catch {
        return otherwise;
    }
}
