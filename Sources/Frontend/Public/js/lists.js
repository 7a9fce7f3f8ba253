// @ts-check
// Lists that are drawn anew without losing what somebody reads in them, and times that stay true in them.

import { h, setText } from "./dom.js";
import { iso, span, stamp } from "./format.js";

/**
 * A time, said absolutely; the device's own time as a tooltip.
 * @param {number | null} ms @param {string} [text]
 */
export function time(ms, text) {
    if (ms === null) return h("span", { class: "muted" }, "–");
    return h("time", { datetime: iso(ms), title: `${stamp(ms)}:${iso(ms).slice(17, 19)} UTC · ${new Date(ms).toLocaleString()} here` }, text ?? stamp(ms));
}

/**
 * A time, said as "12 s ago" or "in 48 s", which `tickTimes` keeps true.
 * @param {number | null} ms
 */
export function ago(ms) {
    const element = time(ms, "");
    if (ms === null) setText(element, "–");
    else element.dataset.ago = String(ms);
    return element;
}

/** @param {number} now @param {ParentNode} [within] */
export function tickTimes(now, within = document) {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll("time[data-ago]"))) {
        const age = now - Number(element.dataset.ago);
        setText(element, age >= 0 ? `${span(age)} ago` : `in ${span(-age)}`);
    }
}

/**
 * Makes the children of an element those of some items, in their order; keeps the node of each key, and with it focus and selection.
 * @template T
 * @param {HTMLElement} parent @param {T[]} items @param {(item: T) => string} keyOf @param {(item: T) => HTMLElement} make
 */
export function keyed(parent, items, keyOf, make) {
    /** @type {Map<string, HTMLElement & {shown?: string}>} */
    const before = new Map(/** @type {HTMLElement[]} */ ([...parent.children]).map(child => [child.dataset.key ?? "", child]));
    const nodes = items.map(item => {
        const key = keyOf(item);
        const shown = JSON.stringify(item);
        const old = before.get(key);
        if (old && (old.shown === shown || isBusy(old))) return old;
        const node = /** @type {HTMLElement & {shown?: string}} */ (make(item));
        node.dataset.key = key;
        node.shown = shown;
        return node;
    });
    let place = parent.firstChild;
    for (const node of nodes) {
        if (node === place) place = place.nextSibling;
        else parent.insertBefore(node, place);
    }
    while (place) {
        const after = place.nextSibling;
        place.remove();
        place = after;
    }
}

/**
 * Somebody reads, marks or types there.
 * @param {HTMLElement} element
 */
function isBusy(element) {
    const selection = getSelection();
    return element.contains(document.activeElement) || Boolean(selection && !selection.isCollapsed && element.contains(selection.anchorNode));
}
