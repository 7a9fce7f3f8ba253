// @ts-check
// What is unknown, why, and what to type to have it asked for.

import { stretch } from "../amounts.js";
import { emptyState, h, problemLine, setText } from "../dom.js";
import { count, counted, iso, span, stamp } from "../format.js";
import { command, keyed, table, time } from "../lists.js";

/** @typedef {import("../../types.js").Gaps} Gaps */
/** @typedef {import("../../types.js").GapRow} GapRow */

const PLACES = { hole: "hole", behind: "behind now", before: "before the start" };

/**
 * What to type to have a gap asked for: what its explanation quotes, if it does.
 * @param {GapRow} gap
 */
export function gapCommand(gap) {
    const said = /'(ingest [^']+)'/.exec(gap.explanation);
    if (said) return said[1];
    const series = `ingest backfill --series ${gap.symbol}-${gap.timeframe}`;
    const time = (/** @type {number} */ ms) => iso(ms).replace(".000Z", "Z");
    return gap.place === "behind" ? `${series} --resume` : `${series} --start ${time(gap.from_ms)} --end ${time(gap.to_ms)}`;
}

/**
 * Why a gap is there, and its command: in the sentence where that quotes it, else behind it.
 * @param {GapRow} gap
 */
function why(gap) {
    const text = gapCommand(gap);
    const [before, ...after] = gap.explanation.split(`'${text}'`);
    return h("p", {}, `${before.trim()} `, command(text), after.join(text));
}

/**
 * @param {HTMLElement} section
 * @param {import("../main.js").Page} page
 */
export function create(section, page) {
    const problem = problemLine();
    const total = h("p", { class: "muted", role: "status" });
    const all = h("a", { href: "#/gaps", hidden: true }, "Show all gaps");
    const list = table("Gaps, the newest first", [["", "Series"], ["", "Stretch UTC"], ["figure", "Intervals"], ["", "Where"], ["", "Why, and what fills it"]]);
    const nothing = h("div");
    section.replaceChildren(h("div", { class: "bar" }, h("h2", {}, "Gaps"), total, all), problem.element, list.element, nothing);
    let symbol = "";
    let timeframe = "";
    /** @type {[number, number] | null} */
    let within = null;

    const feed = page.feed("gaps", ["gaps", "coverage"], show, problem.show);

    /** @param {Gaps} data */
    function show(data) {
        const gaps = within ? data.gaps.filter(gap => within && gap.from_ms < within[1] && gap.to_ms > within[0]) : data.gaps;
        const where = symbol ? ` of ${symbol} ${timeframe}${within ? `, ${stamp(within[0])} – ${stamp(within[1])} UTC` : ""}` : "";
        setText(total, within ? `${counted(gaps.length, "gap")}${where}` : `${counted(data.total, "gap")}${where}, ${counted(data.intervals, "interval")} unknown${data.gaps.length < data.total ? `; the newest ${data.gaps.length} are below` : ""}`);
        all.hidden = !symbol;
        keyed(list.body, gaps, gap => `${gap.symbol}-${gap.timeframe}-${gap.from_ms}`, line);
        list.element.hidden = gaps.length === 0;
        nothing.replaceChildren(...(gaps.length ? [] : [empty(data.total > data.gaps.length)]));
    }

    /** @param {boolean} isCut */
    function empty(isCut) {
        if (within && isCut) return emptyState("None of the newest gaps lies in this cell.", "Older ones: ", command(`ingest gaps --symbol ${symbol}`));
        if (symbol) return emptyState("No gap here: all of it is known.");
        if (page.live.database?.state === "empty") return emptyState("No series yet, so that nothing is missing.", "Fill the first ones: ", command("ingest bootstrap --enable-gap-repair"));
        return emptyState("No gaps.", "Of every interval it is known what was traded, or that nothing was.");
    }

    /** @param {GapRow} gap */
    function line(gap) {
        const step = gap.intervals ? (gap.to_ms - gap.from_ms) / gap.intervals : 0;
        return h("tr", { "data-gap": `${gap.symbol}-${gap.timeframe}-${gap.from_ms}` },
            h("th", { scope: "row" }, h("a", { href: `#/chart/${encodeURIComponent(gap.symbol)}/${gap.timeframe}` }, `${gap.symbol}-${gap.timeframe}`)),
            h("td", {}, time(gap.from_ms, stretch(gap.from_ms, gap.to_ms, step)), h("span", { class: "muted" }, `  ${span(gap.to_ms - gap.from_ms)}`)),
            h("td", { class: "figure" }, count(gap.intervals), h("span", { class: "unit" }, gap.intervals === 1 ? " interval" : " intervals")),
            h("td", {}, PLACES[gap.place]),
            h("td", { class: "wrap" }, why(gap)));
    }

    return {
        /**
         * @param {string} [wanted]
         * @param {string} [frame]
         * @param {string} [stretchText] "from-to" in ms
         */
        show(wanted = "", frame = "", stretchText = "") {
            symbol = wanted;
            timeframe = frame;
            const [from, to] = stretchText.split("-").map(Number);
            within = stretchText && from < to ? [from, to] : null;
            feed.show();
            const path = symbol ? `gaps?symbol=${encodeURIComponent(symbol)}&timeframe=${encodeURIComponent(timeframe)}${within ? "&limit=1000" : ""}` : "gaps";
            if (path === feed.path && feed.data) show(feed.data);
            feed.setPath(path);
        },
        hide: () => feed.hide(),
        title: () => "Gaps",
    };
}
