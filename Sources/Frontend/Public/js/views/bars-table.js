// @ts-check
// The last bars of a chart as a table.

import { emptyState, h } from "../dom.js";
import { direction, percent, price, stamp, volume } from "../format.js";
import { table } from "../lists.js";

const ROWS = 100;

/**
 * Gives what fills the table anew.
 * @param {HTMLElement} box to put it in
 * @returns {(bars: import("../bars.js").Bars | null, places: number) => void} `places` after the point
 */
export function create(box) {
    const figures = ["Open", "High", "Low", "Close", "Change", "Volume"].map(text => /** @type {[string, string]} */ (["figure", text]));
    const { element, body } = table(`The last ${ROWS} bars, the newest first`, [["", "Time UTC"], ...figures]);
    box.replaceChildren(element);
    return (bars, places) => {
        const step = bars?.step ?? null;
        const newest = (bars?.all ?? []).slice(-ROWS).reverse();
        body.replaceChildren(...newest.map(bar => h("tr", {}, h("th", { scope: "row" }, stamp(bar.t, step)),
            ...[bar.o, bar.h, bar.l, bar.c].map(value => h("td", { class: "figure" }, price(value, places))),
            h("td", { class: "figure", "data-dir": direction(bar.c / bar.o - 1) }, percent(bar.c / bar.o - 1)), h("td", { class: "figure muted" }, volume(bar.v)))));
        if (bars && !newest.length) body.replaceChildren(h("tr", {}, h("td", { colspan: 7 }, emptyState("No bars yet."))));
    };
}
