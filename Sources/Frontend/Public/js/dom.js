// @ts-check
// The pieces that the page is built of. Data become text nodes, never markup.

import { iso, span, stamp, stateLook } from "./format.js";

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * An element. `on…` are listeners; true is an attribute without a value; null and false are left out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, any>} [attributes] @param {...Child} children @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter(child => child !== null && child !== undefined && child !== false).map(asNode));
    return element;
}

/** @param {any} child */
const asNode = child => (child instanceof Node ? child : String(child));

/** @param {string} selector @param {ParentNode} [within] @returns {any} */
export const find = (selector, within = document) => within.querySelector(selector);

/**
 * Writes only what differs, so that nothing is announced or laid out twice.
 * @param {Element} element @param {string} text
 */
export function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element @param {string} name @param {string | number} value */
export function setData(element, name, value) {
    if (element.dataset[name] !== String(value)) element.dataset[name] = String(value);
}

/** @param {string} state @param {string} [text] */
export function badge(state, text) {
    const element = h("span", { class: "state" }, h("span", { class: "shape", "aria-hidden": "true" }), h("span"));
    setBadge(element, state, text);
    return element;
}

/** @param {HTMLElement} element made by `badge` @param {string} state @param {string} [text] */
export function setBadge(element, state, text) {
    const look = stateLook(state);
    setData(element, "tone", look.tone);
    setText(element.children[0], look.shape);
    setText(element.children[1], text ?? look.text);
}

/**
 * The state of a symbol, with how long nothing was heard of it where that is too long.
 * @param {HTMLElement} element made by `badge` @param {{known_through_ms: number | null}} row @param {string} state @param {number} now
 */
export function setFreshness(element, { known_through_ms: known }, state, now) {
    // "3 h" of "3 h 1 m": there is little room beside a chart.
    const silence = known !== null && (state === "delayed" || state === "stale") ? span(now - known).split(" ", 2) : [];
    setBadge(element, state, [state, ...silence].join(" "));
    element.title = known === null ? "Nothing is known of it yet." : `Known through ${stamp(known)}:${iso(known).slice(17, 19)} UTC`;
}

/**
 * A choice that was stored, or null.
 * @param {string} key
 */
export function kept(key) {
    try {
        return localStorage.getItem(key);
    } catch {
        return null;
    }
}

/** @param {string} key @param {string} choice */
export function keep(key, choice) {
    try {
        localStorage.setItem(key, choice);
    } catch { /* private windows may keep nothing */ }
}

/** A line for screen readers; said once things have settled. */
let saying = 0;
/** @param {string} text */
export function say(text) {
    clearTimeout(saying);
    saying = window.setTimeout(() => setText(find("#announcer"), text), 250);
}

/**
 * What there is to say where there is nothing to show.
 * @param {string} title @param {...Child} more
 */
export function emptyState(title, ...more) {
    return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), more.length > 0 && h("p", {}, ...more));
}

/**
 * A text that ends as a sentence does.
 * @template {string | null} T
 * @param {T} text
 */
export const sentence = text => text && (/[.!?…]$/.test(text) ? text : `${text}.`);

/** A sentence on what went wrong, and what to do; hidden while all is well. */
export function problemLine() {
    const element = h("p", { class: "problem", role: "status", hidden: true });
    return {
        element,
        /** @param {{message: string, hint: string | null} | null} error */
        show(error) {
            element.hidden = !error;
            if (error) element.replaceChildren(h("strong", {}, sentence(error.message)), error.hint ? ` ${error.hint}` : "");
        },
    };
}

/** @type {Map<string, string>} */
const inks = new Map();

/**
 * A colour of the style sheet as canvases understand it.
 * @param {string} name without `--` @param {number} [share] how much of it covers what is below
 */
export function ink(name, share) {
    let value = inks.get(name);
    if (value === undefined) {
        const probe = find("#ink");
        probe.style.color = `var(--${name})`;
        inks.set(name, (value = getComputedStyle(probe).color));
    }
    return share ? value.replace(")", `, ${share})`) : value;
}

/** After the theme has changed. */
export const forgetInks = () => inks.clear();

/**
 * A canvas of the size it has on the page, in real pixels.
 * @param {HTMLCanvasElement} canvas
 */
export function pen(canvas) {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const ratio = Math.min(3, devicePixelRatio || 1);
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    /** @type {any} */
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
}

/**
 * A line without axes; nulls are holes in it.
 * @param {HTMLCanvasElement} canvas @param {(number | null)[]} values @param {string} color a name for `ink`
 */
export function spark(canvas, values, color) {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const context = pen(canvas);
    /** @type {any[]} */
    const known = values.filter(value => value !== null);
    if (known.length < 2) return;
    const [low, high] = [Math.min(...known), Math.max(...known)];
    /** @param {number} value */
    const y = value => (high === low ? height / 2 : height - 2 - ((value - low) / (high - low)) * (height - 4));
    context.strokeStyle = ink(color);
    context.lineWidth = 1.4;
    context.lineJoin = "round";
    context.beginPath();
    let isDown = false;
    values.forEach((value, i) => {
        const x = 1 + (i / (values.length - 1)) * (width - 2);
        if (value !== null) isDown ? context.lineTo(x, y(value)) : context.moveTo(x, y(value));
        isDown = value !== null;
    });
    context.stroke();
}
