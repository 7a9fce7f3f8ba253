// @ts-check
// How figures, times and states are written. Pure; times are milliseconds since 1970 in UTC.

export const MINUS = "\u2212";
export const NONE = "\u2013";
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The states of the page by how they look: a shape, and good, busy, warn, bad or idle. */
const LOOKS = [
    ["●", "good", "live ok closed verified"],
    ["●", "busy", "info"],
    ["▶", "busy", "running"],
    ["◐", "warn", "delayed late half_open"],
    ["■", "warn", "warning"],
    ["✕", "bad", "stale failing open broken"],
    ["▲", "bad", "critical"],
    ["–", "idle", "never unverified"],
];

/** @param {string} state @returns {{shape: string, text: string, tone: string}} */
export function stateLook(state) {
    const [shape, tone] = LOOKS.find(look => look[2].split(" ").includes(state)) ?? ["?", "idle"];
    return { shape, text: state.replace("_", "-"), tone };
}

/**
 * The digits after the point that a number needs, at most 12 where those show one, and no more than make seven that count: candles of old trades have
 * prices like 14354.52277612.
 * @param {number} value
 */
function decimalsOf(value) {
    const [digits, exponent = "0"] = String(value).split("e");
    const first = value ? -Math.floor(Math.log10(Math.abs(value))) : -6;
    const most = first + 6;
    return Math.max(0, Math.min(Math.max(12, first), most, (digits.split(".")[1]?.length ?? 0) - Number(exponent)));
}

/**
 * The digits after the point that the most precise of some prices needs.
 * @param {Iterable<number | null>} values
 */
export function decimals(values) {
    let most = 0;
    for (const value of values) if (value !== null) most = Math.max(most, decimalsOf(value));
    return most;
}

/** @type {Map<number, Intl.NumberFormat>} */
const formats = new Map();

/**
 * "62,696.4"
 * @param {number | null | undefined} value
 */
export function price(value, places = 2) {
    if (value === null || value === undefined) return NONE;
    let format = formats.get(places);
    if (!format) formats.set(places, (format = new Intl.NumberFormat("en-US", { minimumFractionDigits: places, maximumFractionDigits: places })));
    return format.format(value).replace("-", MINUS);
}

/**
 * "864,071"
 * @param {number} value
 */
export const count = value => price(value, 0);

/**
 * "1 gap", "864,071 gaps"
 * @param {number} number @param {string} word
 */
export const counted = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

/**
 * "812", "1.23k", "45.6M", "0.000012": about three digits, and never none of those that a number has.
 * @param {number | null} value
 */
export function volume(value) {
    if (value === null) return NONE;
    // Rounded first, so that the unit and the places are those of what is shown.
    const shown = Number(value.toPrecision(3));
    const size = Math.abs(shown);
    if (size >= 1e15 || (size < 1e-9 && size > 0)) return value.toExponential(1);
    for (const { unit, letter } of [{ unit: 1e12, letter: "T" }, { unit: 1e9, letter: "B" }, { unit: 1e6, letter: "M" }, { unit: 1e3, letter: "k" }]) {
        if (size >= unit) return threeDigits(shown / unit) + letter;
    }
    return threeDigits(shown);
}

/** @param {number} value */
function threeDigits(value) {
    const size = Math.abs(value);
    if (size >= 0.01 || size === 0) return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
    return value.toFixed(size >= 0.0001 ? 4 : 1 - Math.floor(Math.log10(size)));
}

/**
 * "+1.10 %" of 0.011; a sign that is read without colour.
 * @param {number | null} ratio
 */
export function percent(ratio) {
    if (ratio === null) return NONE;
    const text = Math.abs(ratio * 100).toFixed(2);
    return `${text === "0.00" ? "" : ratio < 0 ? MINUS : "+"}${text}\u2009%`;
}

/** @param {number | null} ratio @returns {"up" | "down" | "flat"} */
export function direction(ratio) {
    if (ratio === null || Math.abs(ratio) < 0.00005) return "flat";
    return ratio > 0 ? "up" : "down";
}

/**
 * "3 s", "2 m", "4 h 10 m", "3 d".
 * @param {number} ms
 */
export function span(ms) {
    const length = Math.max(0, ms);
    if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
    if (length < HOUR) return `${Math.floor(length / MINUTE)} m`;
    if (length < 10 * HOUR) return withRest(length, HOUR, "h", MINUTE, "m");
    if (length < 2 * DAY) return `${Math.floor(length / HOUR)} h`;
    return `${count(Math.floor(length / DAY))} d`;
}

/**
 * "4 h 10 m": the rest is left out where it is nothing.
 * @param {number} length @param {number} unit @param {string} name @param {number} part @param {string} partName
 */
export function withRest(length, unit, name, part, partName) {
    const rest = Math.floor((length % unit) / part);
    return `${Math.floor(length / unit)} ${name}${rest ? ` ${rest} ${partName}` : ""}`;
}

/**
 * "0:42", "12:05": time that a line was silent.
 * @param {number} ms
 */
export function stopwatch(ms) {
    const seconds = Math.max(0, Math.floor(ms / SECOND));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** @param {number} ms */
export const iso = ms => new Date(ms).toISOString();

/**
 * "14:03:22"
 * @param {number} ms
 */
export const clock = ms => iso(ms).slice(11, 19);

/**
 * "2026-11-18 03:12"; without the time where `step` is a day or more.
 * @param {number} ms @param {number | null} [step]
 */
export function stamp(ms, step = 0) {
    return step === null || step >= DAY ? iso(ms).slice(0, 10) : iso(ms).slice(0, 16).replace("T", " ");
}

/**
 * "1 minute" of "1m", "14 days" of "14D".
 * @param {string} timeframe
 */
export function timeframeWords(timeframe) {
    return counted(parseInt(timeframe, 10), { m: "minute", h: "hour", D: "day", W: "week", M: "month" }[timeframe.slice(-1)] ?? "");
}
