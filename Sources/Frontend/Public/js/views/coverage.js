// @ts-check
// What is known of each series and what is not, a cell a day, week or month.

import { stretch } from "../amounts.js";
import { emptyState, h, ink, pen, problemLine, say, setText } from "../dom.js";
import { count, stamp } from "../format.js";
import { command, table, time } from "../lists.js";

/** @typedef {import("../../types.js").Coverage} Coverage */
/** @typedef {import("../../types.js").CoverageRow} CoverageRow */

const DAY = 86_400_000;
/** How far back a map reaches. */
const DAYS = { day: 365, week: 4 * 365, month: 10 * 365 };
const ROW = 22;
const HEAD = 20;
const CODES = { P: "traded, all of it known", E: "nobody traded, as the exchange confirmed", U: "unknown: nothing is proven of it", M: "partly unknown", "-": "outside of what is wanted" };

/**
 * The share of a series that is proven, as text that is rounded neither up to all of it nor down to nothing.
 * @param {{present: number, empty: number, unknown: number}} of
 */
export function proven({ present, empty, unknown }) {
    const total = present + empty + unknown;
    if (!total) return "–";
    if (!unknown) return "100\u2009%";
    const text = (Math.floor(((present + empty) / total) * 10000) / 100).toFixed(2);
    return `${text === "0.00" && present + empty > 0 ? "<0.01" : text}\u2009%`;
}

/**
 * @param {HTMLElement} section
 * @param {import("../main.js").Page} page
 */
export function create(section, page) {
    const { live } = page;
    /** @type {Coverage | null} */
    let data = null;
    let at = { row: 0, cell: -1 };
    let isTable = false;
    let isFramePending = false;
    /**
     * Counts by cell, asked for one symbol at a time.
     * @type {Map<string, NonNullable<CoverageRow["cells"]>>}
     */
    const counts = new Map();
    let asking = 0;

    const touched = matchMedia("(pointer: coarse)");
    const timeframes = h("select", { "aria-label": "Timeframe", onchange: ask });
    const grains = h("select", { "aria-label": "A cell is", onchange: ask }, ...["day", "week", "month"].map(grain => h("option", { value: grain }, `by ${grain}`)));
    const toTable = h("button", { type: "button", "data-action": "table", "aria-pressed": "false", onclick: () => setTable(!isTable) }, "Table");
    const legend = h("ul", { class: "codes", "aria-label": "Legend" }, ...Object.entries({ P: "traded", E: "confirmed empty", M: "partly unknown", U: "unknown" }).map(([code, text]) => h("li", {}, h("canvas", { class: "code", "data-code": code, "aria-hidden": "true" }), text)));
    const names = h("ol", { class: "map-names", "aria-hidden": "true" });
    const shares = h("ol", { class: "map-shares figure", "aria-hidden": "true" });
    const canvas = h("canvas", { id: "coverage-map", tabindex: "0", role: "application", "aria-roledescription": "coverage map", "aria-describedby": "coverage-readout", onkeydown: press, onpointermove: point, onclick: click });
    const width = h("div", { class: "map-width" });
    const scroller = h("div", { class: "map-scroller", onscroll: frame }, canvas, width);
    const map = h("div", { class: "map" }, names, scroller, shares);
    const readout = h("p", { id: "coverage-readout", class: "readout", "aria-live": "polite" }, touched.matches ? "Tap a cell to read it; tap twice for its gaps." : "Point at a cell, or use the arrow keys; Enter shows its gaps.");
    const list = table("Coverage of each series", [["", "Symbol"], ["figure", "Known"], ["figure", "With trades"], ["figure", "Confirmed empty"], ["figure", "Unknown"], ["", "From"], ["", "To"], ["", "Last gap"]]);
    const nothing = h("div");
    const problem = problemLine();
    section.replaceChildren(h("div", { class: "bar" }, h("h2", {}, "Coverage"), timeframes, grains, toTable, legend), problem.element, map, readout, list.element, nothing);
    list.element.hidden = map.hidden = readout.hidden = true;

    const feed = page.feed("", ["coverage"], show, problem.show);
    live.on("rows", () => (showNames(), showTimeframes()));
    live.on("theme", () => (drawLegend(), frame()));
    new ResizeObserver(layOut).observe(scroller);

    function showTimeframes() {
        if (!page.symbols.data) return;
        const kept = [...new Set(page.symbols.data.flatMap(row => row.timeframes.filter(each => each.kind === "kept").map(each => each.timeframe)))];
        if (kept.join() !== [...timeframes.options].map(option => option.value).join()) {
            const chosen = timeframes.value;
            timeframes.replaceChildren(...kept.map(each => h("option", { value: each }, each)));
            if (kept.includes(chosen)) timeframes.value = chosen;
        }
        timeframes.hidden = !kept.length;
        ask();
    }

    function ask() {
        const grain = /** @type {keyof typeof DAYS} */ (grains.value);
        const from = (Math.floor(live.now() / DAY) - DAYS[grain]) * DAY;
        feed.setPath(`coverage?grain=${grain}&from=${from}${timeframes.value && `&timeframe=${timeframes.value}`}`);
    }

    /** @param {Coverage} answer */
    function show(answer) {
        const isOther = data?.grain !== answer.grain || data?.timeframe !== answer.timeframe;
        data = answer;
        counts.clear();
        if (isOther) at = { row: 0, cell: -1 };
        showNames();
        shares.replaceChildren(...data.rows.map(row => h("li", {}, h("span", {}, proven(row)), h("span", { class: "muted" }, row.unknown > 0 && `${count(row.unknown)} unknown`),
            h("span", { class: "muted" }, row.last_gap && `last gap ${stretch(row.last_gap.from_ms, row.last_gap.to_ms)}`))));
        nothing.replaceChildren(...(data.rows.length ? [] : [emptyState("No series of this timeframe is kept.", "Fill the first ones: ", command("ingest bootstrap --enable-gap-repair"))]));
        setTable(isTable);
        layOut();
        if (isOther) scroller.scrollLeft = scroller.scrollWidth;
        drawLegend();
    }

    function showNames() {
        names.replaceChildren(...(data?.rows ?? []).map(row => h("li", {}, nameOf(row.symbol))));
        fillTable(data?.rows ?? []);
    }

    /** @param {string} symbol */
    const nameOf = symbol => page.symbols.data?.find(row => row.symbol === symbol)?.name ?? symbol;

    /** @param {CoverageRow[]} rows */
    function fillTable(rows) {
        list.body.replaceChildren(...rows.map(row => h("tr", {}, h("th", { scope: "row" }, h("a", { href: `#/gaps/${encodeURIComponent(row.symbol)}/${data?.timeframe}` }, nameOf(row.symbol))),
            ...[proven(row), count(row.present), count(row.empty), count(row.unknown)].map(text => h("td", { class: "figure" }, text)), h("td", {}, time(row.first_ms)), h("td", {}, time(row.last_ms)),
            h("td", {}, row.last_gap ? time(row.last_gap.from_ms, stretch(row.last_gap.from_ms, row.last_gap.to_ms)) : "none"))));
    }

    /** @param {boolean} isIt */
    function setTable(isIt) {
        isTable = isIt;
        const isEmpty = !data?.rows.length;
        toTable.setAttribute("aria-pressed", String(isTable));
        list.element.hidden = !isTable || isEmpty;
        map.hidden = readout.hidden = isTable || isEmpty;
    }

    /** Cells fill the width there is, between 7 and 26 pixels each. */
    function cellWidth() {
        const number = (data?.edges_ms.length ?? 2) - 1;
        return Math.max(7, Math.min(26, Math.floor(scroller.clientWidth / number)));
    }

    function layOut() {
        if (!data) return;
        const number = data.edges_ms.length - 1;
        canvas.style.height = width.style.height = `${HEAD + data.rows.length * ROW}px`;
        canvas.style.width = `${Math.min(scroller.clientWidth, number * cellWidth())}px`;
        width.style.width = `${number * cellWidth()}px`;
        frame();
    }

    function frame() {
        if (isFramePending) return;
        isFramePending = true;
        requestAnimationFrame(() => ((isFramePending = false), draw()));
    }

    /** Draws what is in sight. */
    function draw() {
        if (!data || !canvas.clientWidth) return;
        const context = pen(canvas);
        const size = cellWidth();
        const first = Math.floor(scroller.scrollLeft / size);
        const last = Math.min(data.edges_ms.length - 2, Math.ceil((scroller.scrollLeft + canvas.clientWidth) / size));
        drawMonths(context, data.edges_ms, first, last, size);
        data.rows.forEach((row, i) => {
            for (let cell = first; cell <= last; cell++) drawCell(context, row.codes[cell], cell * size - scroller.scrollLeft, HEAD + i * ROW, size + (row.codes[cell] === "P" && row.codes[cell + 1] === "P" ? 1 : -1), ROW - 3);
        });
        if (at.cell < 0) return;
        context.strokeStyle = ink("text");
        context.lineWidth = 2;
        context.strokeRect(at.cell * size - scroller.scrollLeft - 1, HEAD + at.row * ROW - 1, size + 1, ROW - 1);
    }

    /**
     * @param {CanvasRenderingContext2D} context
     * @param {number[]} edges
     * @param {number} first
     * @param {number} last
     * @param {number} size
     */
    function drawMonths(context, edges, first, last, size) {
        context.font = "11px system-ui, sans-serif";
        context.fillStyle = ink("muted");
        let free = -1;
        for (let cell = first; cell <= last; cell++) {
            const month = stamp(edges[cell]).slice(0, 7);
            const x = cell * size - scroller.scrollLeft;
            if (x < free || (cell > 0 && month === stamp(edges[cell - 1]).slice(0, 7))) continue;
            context.fillText(month, x, 12);
            free = x + 56;
        }
    }

    function drawLegend() {
        for (const each of /** @type {NodeListOf<HTMLCanvasElement>} */ (legend.querySelectorAll("canvas"))) drawCell(pen(each), each.dataset.code ?? "", 0, 0, 14, 14);
    }

    /**
     * @param {{row: number, cell: number}} place
     * @param {boolean} isSaid
     */
    function moveTo(place, isSaid) {
        if (!data?.rows.length || (place.row === at.row && place.cell === at.cell)) return;
        at = place;
        const size = cellWidth();
        if (isSaid) {
            const x = at.cell * size;
            if (x < scroller.scrollLeft) scroller.scrollLeft = x;
            if (x + size > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = x + size - scroller.clientWidth;
        }
        readout.setAttribute("aria-live", isSaid ? "polite" : "off");
        setText(readout, words());
        frame();
        askCounts();
    }

    function words() {
        if (!data) return "";
        const row = data.rows[at.row];
        const [from, to] = [data.edges_ms[at.cell], data.edges_ms[at.cell + 1]];
        const code = /** @type {keyof typeof CODES} */ (row.codes[at.cell]);
        const cell = counts.get(row.symbol)?.[at.cell];
        const figures = cell && code !== "-" ? ` (${count(cell.present)} with trades, ${count(cell.empty)} empty, ${count(cell.unknown)} unknown)` : "";
        const when = data.grain === "day" ? stamp(from).slice(0, 10) : `${stamp(from).slice(0, 10)} – ${stamp(to - 1).slice(0, 10)}`;
        return `${nameOf(row.symbol)}, ${when}: ${CODES[code]}${figures}`;
    }

    /** The figures of the row somebody rests on. */
    function askCounts() {
        clearTimeout(asking);
        const symbol = data?.rows[at.row].symbol ?? "";
        if (counts.has(symbol)) return;
        asking = window.setTimeout(async () => {
            const wanted = data;
            /** @type {import("../../types.js").Answer<Coverage> | null} */
            const answer = await live.ask(`${feed.path}&symbol=${encodeURIComponent(symbol)}`).catch(() => null);
            const cells = answer?.data.rows[0]?.cells;
            if (!cells || data !== wanted || answer.data.from_ms !== wanted?.from_ms) return;
            counts.set(symbol, cells);
            setText(readout, words());
        }, 350);
    }

    /** @param {PointerEvent | MouseEvent} event */
    function point(event) {
        if (!data) return;
        const cell = Math.floor((event.offsetX + scroller.scrollLeft) / cellWidth());
        const row = Math.floor((event.offsetY - HEAD) / ROW);
        if (row >= 0 && row < data.rows.length && cell >= 0 && cell < data.edges_ms.length - 1) moveTo({ row, cell }, false);
    }

    /** @param {MouseEvent} event */
    function click(event) {
        point(event);
        if (event.detail > 1 || !touched.matches) openGaps();
    }

    function openGaps() {
        if (!data || at.cell < 0) return;
        const code = data.rows[at.row].codes[at.cell];
        if (code === "P" || code === "E") return say("No gap in this cell.");
        location.hash = `#/gaps/${encodeURIComponent(data.rows[at.row].symbol)}/${data.timeframe}/${data.edges_ms[at.cell]}-${data.edges_ms[at.cell + 1]}`;
    }

    /** @param {KeyboardEvent} event */
    function press(event) {
        if (!data?.rows.length) return;
        const last = data.edges_ms.length - 2;
        const start = at.cell < 0 ? { row: 0, cell: last + 1 } : at;
        const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [0, -10], PageDown: [0, 10], Home: [0, -Infinity], End: [0, Infinity] };
        const move = moves[/** @type {keyof typeof moves} */ (event.key)];
        if (event.key === "Enter") openGaps();
        else if (move) moveTo({ row: Math.max(0, Math.min(data.rows.length - 1, start.row + move[0])), cell: Math.max(0, Math.min(last, start.cell + move[1])) }, true);
        else return;
        event.preventDefault();
    }

    return {
        show() {
            page.symbols.show();
            feed.show();
            showTimeframes();
        },
        hide: () => feed.hide(),
        title: () => "Coverage",
    };
}

/**
 * A cell by colour and pattern: full, a dot, hatched, an outline with a cross.
 * @param {CanvasRenderingContext2D} context
 * @param {string} code
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function drawCell(context, code, x, y, width, height) {
    if (code === "P" || code === "M") {
        context.fillStyle = code === "P" ? ink("known") : ink("unknown", 0.17);
        context.fillRect(x, y, width, height);
    }
    if (code === "E") {
        context.fillStyle = ink("empty");
        context.fillRect(x + width / 2 - 1.5, y + height / 2 - 1.5, 3, 3);
    }
    if (code !== "M" && code !== "U") return;
    context.strokeStyle = ink(code === "M" ? "unknown" : "down");
    context.lineWidth = 1;
    context.beginPath();
    if (code === "U") {
        context.rect(x + 0.5, y + 0.5, width - 1, height - 1);
        context.moveTo(x + 1, y + 1);
        context.lineTo(x + width - 1, y + height - 1);
    } else {
        for (let up = 4; up < width + height; up += 4) {
            context.moveTo(x + Math.max(0, up - height), y + Math.min(height, up));
            context.lineTo(x + Math.min(width, up), y + Math.max(0, up - width));
        }
    }
    context.stroke();
}
