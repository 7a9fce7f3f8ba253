/**
 * What is held a figure to: the one that was promised with LONG=1, as on a quiet machine; else one with room for a busy machine.
 *
 * @template T
 * @param {T} figure @param {T} room
 */
export const promised = (figure, room) => (process.env.LONG ? figure : room);

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

/**
 * Asks again and again until `look` returns something true, and returns that.
 *
 * @template T
 * @param {string} what Named in the error when the time is over.
 * @param {() => T | Promise<T>} look What it throws counts as "not yet".
 * @param {{ timeout?: number, every?: number }} [limits] In milliseconds.
 */
export async function until(what, look, { timeout = 15_000, every = 40 } = {}) {
    const end = performance.now() + timeout;
    let last;
    for (;;) {
        try {
            const found = await look();
            if (found) return found;
            last = undefined;
        } catch (error) {
            last = error;
        }
        if (performance.now() > end) throw new Error(`not within ${timeout} ms: ${what}`, { cause: last });
        await pause(every);
    }
}

/**
 * @template T
 * @param {string} what
 * @param {Promise<T>} promise
 * @param {number} timeout In milliseconds.
 * @returns {Promise<T>}
 */
export function within(what, promise, timeout) {
    /** @type {NodeJS.Timeout} */
    let timer;
    const over = new Promise((_, refuse) => {
        timer = setTimeout(() => refuse(new Error(`not within ${timeout} ms: ${what}`)), timeout);
    });
    return /** @type {Promise<T>} */ (Promise.race([promise, over])).finally(() => clearTimeout(timer));
}
