import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Drawing } from "../../../Sources/Frontend/Public/js/views/drawing.js";

/** What waits for the next frame. @type {(() => void)[]} */
let waiting = [];
const frame = () => waiting.splice(0).forEach((act) => act());

Object.assign(globalThis, {
    document: { querySelector: () => ({ style: {} }) },
    getComputedStyle: () => ({ color: "#000" }),
    requestAnimationFrame: (act) => waiting.push(act),
});

/** The time axis of the library: it shows what it is asked for with the next frame. */
class TimeAxis {
    range = { from: 0, to: 50 };
    getVisibleLogicalRange() {
        return this.range;
    }
    setVisibleLogicalRange(range) {
        waiting.push(() => this.show(range));
    }
    show(range) {
        this.range = range;
        this.moved(range);
    }
    subscribeVisibleLogicalRangeChange(moved) {
        this.moved = moved;
    }
    subscribeSizeChange() {}
}

/** Takes all that is done to it. */
const silent = () => new Proxy(() => {}, { get: () => silent(), apply: () => silent() });

/** @type {TimeAxis} */ let axis;
/** @type {Drawing} */ let drawing;
const bar = (t) => ({ t, o: 1, h: 2, l: 0, c: 1, v: 1 });
const drawn = (from, to) => ({ slots: Array.from({ length: to - from }, (_, i) => ({ t: from + i, bar: bar(from + i), kind: "present" })), runs: [] });

beforeEach(() => {
    waiting = [];
    axis = new TimeAxis();
    const chart = new Proxy({}, { get: (_, name) => (name === "timeScale" ? () => axis : name === "panes" ? () => [silent(), silent()] : silent()) });
    drawing = new Drawing({ createChart: () => chart }, /** @type {any} */ ({ clientWidth: 700 }), () => {}, () => {});
    drawing.set(drawn(100, 200), 2, false);
    frame();
});

test("two redraws in one frame keep what was asked for before them", () => {
    drawing.range = { from: 10, to: 30 };
    drawing.set(drawn(50, 200), 2, true);
    drawing.set(drawn(50, 201), 2, true);
    assert.deepEqual(drawing.range, { from: 60, to: 80 });
    frame();
    assert.deepEqual([drawing.range, drawing.asked], [{ from: 60, to: 80 }, null]);
});

test("a bar that comes in the same frame moves what was asked for at the edge, and nowhere else", () => {
    drawing.range = { from: 80, to: 102 };
    drawing.update(bar(200), false, drawn(100, 201));
    assert.deepEqual(drawing.range, { from: 81, to: 103 });
    drawing.range = { from: 10, to: 30 };
    drawing.update(bar(201), false, drawn(100, 202));
    assert.deepEqual(drawing.range, { from: 10, to: 30 });
});

test("going to the newest bar holds when all is drawn anew in the same frame", () => {
    drawing.range = { from: 10, to: 30 };
    frame();
    drawing.goToNow();
    drawing.set(drawn(100, 201), 2, true);
    frame();
    assert.deepEqual(axis.range, { from: 83, to: 103 });
});

test("what a person scrolls to counts once the library has shown what it was asked for", () => {
    drawing.range = { from: 10, to: 30 };
    frame();
    axis.show({ from: 5, to: 25 });
    assert.deepEqual(drawing.range, { from: 5, to: 25 });
});

test("another series begins at its newest bars, whatever was asked for of the one before", () => {
    drawing.range = { from: 10, to: 30 };
    drawing.set({ slots: [], runs: [] }, 0, false);
    assert.equal(drawing.asked, null);
    drawing.set(drawn(0, 300), 2, false);
    frame();
    assert.deepEqual(axis.range, { from: 200, to: 303 });
});
