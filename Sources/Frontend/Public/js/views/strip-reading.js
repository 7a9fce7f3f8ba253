// @ts-check
// What the single runs of the strip under the chart say, by pointer and by keys.

import { stretch } from "../amounts.js";
import { say, setText } from "../dom.js";
import { counted } from "../format.js";

/** @typedef {import("../bars.js").Run} Run */
/** @typedef {import("./drawing.js").Strip} Strip */

/** @param {Run} run @param {number | null} step */
export function runWords(run, step) {
    const number = counted(run.count, "interval");
    const what = { present: `${number} with trades`, empty: `nobody traded, as the exchange confirmed (${number})`, unknown: `unknown, nothing is proven of it (${number}); see Gaps` }[run.kind];
    return `${stretch(run.from, run.to, step)} UTC: ${what}${run.shortened ? "; drawn shorter than it is" : ""}`;
}

/**
 * The run under the pointer.
 * @param {Strip} strip @param {number} x in pixels
 */
export function hover(strip, x) {
    const seen = strip.view;
    if (!seen || !strip.canvas.matches(":hover")) return;
    const slot = Math.round(seen.from + (x / seen.width) * seen.length);
    const run = seen.runs.find(each => each.first <= slot && slot <= each.last);
    if (run) setText(strip.text, runWords(run, strip.step()));
    else strip.tell();
}

/**
 * The next gap on one side, scrolled into sight.
 * @param {Strip} strip @param {number} way -1 or 1
 */
export function walk(strip, way) {
    const seen = strip.view;
    if (!seen) return;
    const gaps = seen.runs.filter(run => run.kind !== "present");
    const at = gaps.findIndex(run => run.from === strip.at);
    const run = gaps.at(at < 0 ? -1 : Math.min(gaps.length - 1, Math.max(0, at + way)));
    if (!run) return say("There is no gap among the bars that are loaded.");
    strip.at = run.from;
    const half = seen.length / 2;
    if (run.first < seen.from || run.last > seen.from + seen.length) seen.drawing.range = { from: run.first - half, to: run.first + half };
    const words = runWords(run, strip.step());
    setText(strip.text, words);
    say(words);
}
