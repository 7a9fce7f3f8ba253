// @ts-check
// The stream of server-sent events where tabs cannot share one.

import { Stream } from "./live-worker.js";

/**
 * A stream of this tab's own, closed while nobody looks; gives what opens it anew.
 * @param {(told: import("./live-worker.js").Told) => void} take @returns {() => void}
 */
export function connectAlone(take) {
    const stream = new Stream("/api/v1/events", take);
    if (!document.hidden) stream.open();
    setInterval(() => document.hidden || stream.look(), 4000);
    document.addEventListener("visibilitychange", () => (document.hidden ? stream.close() : stream.open()));
    return () => stream.open();
}
