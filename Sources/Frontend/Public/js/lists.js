// @ts-check
// Tables, and lists that are drawn anew without losing what somebody reads in them; times that stay true in them; commands.

import { h, setText } from "./dom.js";
import { iso, NONE, span, stamp } from "./format.js";

/** Nothing to say here. */
export const none = () => h("span", { class: "muted none" }, NONE);

/**
 * A time, said absolutely; the device's own time as a tooltip.
 * @param {number | null} ms @param {string} [text]
 */
export function time(ms, text) {
    if (ms === null) return none();
    return h("time", { datetime: iso(ms), title: `${stamp(ms)}:${iso(ms).slice(17, 19)} UTC · ${new Date(ms).toLocaleString()} here` }, text ?? stamp(ms));
}

/** How times are said that `tickTimes` keeps true. */
const SAYINGS = {
    /** @param {number} age */
    ago: age => (age >= 0 ? `${span(age)} ago` : `in ${span(-age)}`),
    /** @param {number} age */
    for: age => `for ${span(age)}`,
};

/**
 * A time, said as "12 s ago" or "in 48 s", or as "for 12 s".
 * @param {number | null} ms @param {keyof typeof SAYINGS} [saying]
 */
export function ago(ms, saying = "ago") {
    const element = time(ms, "");
    if (ms !== null) Object.assign(element.dataset, { at: ms, saying });
    return element;
}

/** @param {number} now @param {ParentNode} [within] */
export function tickTimes(now, within = document) {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll("time[data-at]"))) {
        const saying = /** @type {keyof typeof SAYINGS} */ (element.dataset.saying);
        setText(element, SAYINGS[saying](now - Number(element.dataset.at)));
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

/**
 * What to type; it breaks between words, never inside an option.
 * @param {string} text
 */
export function code(text) {
    return h("code", {}, ...text.split(" ").flatMap((word, i) => [i > 0 && " ", h("span", {}, word)]));
}

/**
 * A command, with a button that copies it; plain http has no clipboard, so that the text is selected there.
 * @param {string} text
 */
export function command(text) {
    const shown = code(text);
    const button = h("button", { type: "button", class: "copy", "aria-label": `Copy ${text}`, onclick: copy }, "Copy");
    return h("span", { class: "command" }, shown, button);

    async function copy() {
        getSelection()?.selectAllChildren(shown);
        const isCopied = await (navigator.clipboard?.writeText(text).then(() => true, () => false) ?? document.execCommand("copy"));
        setText(button, isCopied ? "Copied" : "Selected");
        setTimeout(() => setText(button, "Copy"), 1500);
    }
}

/**
 * A table; `columns` are [class, heading]. Wrapped, so that it scrolls by itself where it is too wide.
 * @param {string} caption @param {[string, string][]} columns
 */
export function table(caption, columns) {
    const body = h("tbody");
    const head = h("tr", {}, ...columns.map(([name, text]) => h("th", { scope: "col", class: name || null }, text)));
    const element = h("table", {}, h("caption", { class: "quiet" }, caption), h("thead", {}, head), body);
    const wrapper = h("div", { class: `scroller ${caption.split(/\W/)[0].toLowerCase()}-table`, tabindex: "0", role: "region", "aria-label": caption }, element);
    return { element: wrapper, body };
}
