// @ts-check
// How long work took, how large a file is, and from when to when something was. Pure.

import { NONE, stamp, withRest } from "./format.js";

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];

/**
 * How long work took: "912 ms", "1.2 s", "2 m 5 s".
 * @param {number | null} ms
 */
export function duration(ms) {
    if (ms === null) return NONE;
    // Each limit is where the rounding of the unit before it would reach this one.
    if (ms < SECOND - 0.5) return `${Math.round(ms)} ms`;
    if (ms < MINUTE - 50) return `${(ms / SECOND).toFixed(1)} s`;
    if (ms < MINUTE) return "1 m";
    return ms < HOUR ? withRest(ms, MINUTE, "m", SECOND, "s") : withRest(ms, HOUR, "h", MINUTE, "m");
}

/**
 * "1.2 GB"
 * @param {number | null} size
 */
export function bytes(size) {
    if (size === null) return NONE;
    const units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let power = 0;
    while (power < 5 && size / 1000 ** power >= 999.5) power += 1;
    const value = size / 1000 ** power;
    return `${value.toFixed(power && value < 9.95 ? 1 : 0)} ${units[power]}`;
}

/**
 * "2026-11-18 03:12 – 03:16", half-open.
 * @param {number} from @param {number} to @param {number | null} [step]
 */
export function stretch(from, to, step = 0) {
    const [first, last] = [stamp(from, step), stamp(to, step)];
    if (first === last) return first;
    return `${first} – ${first.slice(0, 10) === last.slice(0, 10) && last.length > 10 ? last.slice(11) : last}`;
}
