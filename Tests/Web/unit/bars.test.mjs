import assert from "node:assert/strict";
import { test } from "node:test";

import { Bars, cut, MOST_BARS, pieces } from "../../../Sources/Frontend/Public/js/bars.js";

const step = 60_000;

/** A page of bars at some minutes, each with its minute as its close. */
function page(minutes, { from = minutes[0], to = minutes.at(-1) + 1, unknown = [], before = null } = {}) {
    const column = (of) => minutes.map(of);
    return {
        symbol: "BTCUSD", timeframe: "1m", kind: "kept", from_ms: from * step, to_ms: to * step, step_ms: step, t: column((m) => m * step),
        o: column((m) => m), h: column((m) => m), l: column((m) => m), c: column((m) => m), v: column(() => 1),
        final_through_ms: to * step, unknown: unknown.map(([a, b]) => [a * step, b * step]), next_before: before === null ? null : before * step, next_from: null,
    };
}
const bar = (minute, close = minute) => ({ t: minute * step, o: close, h: close, l: close, c: close, v: 1 });
const minutes = (bars) => bars.all.map((each) => each.t / step);
const kinds = (bars, most) => bars.slots(most).slots.map((slot) => slot.kind[0]).join("");

test("each missing interval has a slot: empty where that is confirmed, unknown where nothing is proven", () => {
    const bars = new Bars(page([10, 11, 14, 17, 18], { unknown: [[12, 13], [15, 17]] }));
    assert.equal(kinds(bars), "ppuepuupp");
    const { runs } = bars.slots();
    assert.deepEqual(runs.map(({ kind, count, first, last }) => [kind, count, first, last]), [
        ["present", 2, 0, 1], ["unknown", 1, 2, 2], ["empty", 1, 3, 3], ["present", 1, 4, 4], ["unknown", 2, 5, 6], ["present", 2, 7, 8],
    ]);
});

test("nothing follows the last bar, and bars of varying length have no slots between them", () => {
    assert.equal(kinds(new Bars(page([10, 11], { to: 20 }))), "pp");
    assert.equal(kinds(new Bars({ ...page([10, 40, 71]), step_ms: null })), "ppp");
    assert.equal(kinds(new Bars(page([], { from: 1, to: 2 }))), "");
});

test("a long run is drawn shorter, and says so", () => {
    const { slots, runs } = new Bars(page([0, 1000])).slots(300);
    assert.equal(slots.length, 302);
    assert.deepEqual([runs[1].count, runs[1].shortened, runs[1].to / step], [999, true, 1000]);
    assert.ok(slots.every((slot, i) => i === 0 || slot.t > slots[i - 1].t), "times ascend");
});

test("a page replaces what was known of its stretch and no more", () => {
    const bars = new Bars(page([10, 11, 12, 13], { unknown: [[12, 13]], before: 10 }));
    bars.merge({ ...page([11, 12], { from: 11, to: 13 }), c: [111, 112] });
    assert.deepEqual(bars.all.map((each) => each.c), [10, 111, 112, 13]);
    assert.deepEqual(bars.unknown, []);
    assert.equal(bars.before, 10 * step);
    bars.merge(page([], { from: 12, to: 13 }));
    assert.deepEqual(minutes(bars), [10, 11, 13]);
});

test("older pages go before, at most 10,000 bars are kept, and then there is nothing to ask for", () => {
    const bars = new Bars(page([100, 101], { before: 100 }));
    bars.merge(page([50, 99], { from: 50, to: 100, before: 50 }));
    assert.deepEqual([minutes(bars), bars.before], [[50, 99, 100, 101], 50 * step]);
    bars.merge(page(Array.from({ length: MOST_BARS }, (_, i) => i - MOST_BARS + 50), { to: 50 }));
    assert.equal(bars.all.length, MOST_BARS);
    assert.ok(bars.isFull);
    assert.equal(bars.last.t, 101 * step);
});

test("a live bar is the newest, the next, a correction, or too old", () => {
    const bars = new Bars(page([10, 11]));
    assert.equal(bars.live(bar(11, 5)), "newest");
    assert.equal(bars.live(bar(12)), "next");
    assert.equal(bars.live(bar(11, 7)), "older");
    assert.equal(bars.live(bar(3)), "outside");
    assert.deepEqual(bars.all.map((each) => each.c), [10, 7, 12]);
});

test("what lies between the newest bar and a later one is unknown until a page tells of it", () => {
    const bars = new Bars(page([10]));
    assert.equal(bars.live(bar(14)), "leap");
    assert.equal(kinds(bars), "puuup");
    bars.merge(page([12], { from: 11, to: 14 }));
    assert.equal(kinds(bars), "pepep");
});

test("what a page told to be empty stays so when the next bar comes", () => {
    const bars = new Bars(page([10], { to: 13 }));
    assert.equal(bars.live(bar(13)), "leap");
    assert.equal(kinds(bars), "peep");
});

test("a late bar inside of a hole is taken", () => {
    const bars = new Bars(page([10, 14], { unknown: [[11, 14]] }));
    assert.equal(bars.live(bar(12)), "leap");
    assert.equal(kinds(bars), "pupup");
});

test("after the newest bar: nothing to say, empty, or unknown", () => {
    const quiet = new Bars(page([10], { to: 20 }));
    assert.equal(quiet.tail(11.9 * step), null);
    assert.deepEqual(quiet.tail(20 * step), { kind: "empty", from: 11 * step });
    assert.deepEqual(quiet.tail(23 * step), { kind: "unknown", from: 20 * step });
    assert.deepEqual(new Bars(page([10], { to: 20, unknown: [[15, 20]] })).tail(20 * step), { kind: "unknown", from: 15 * step });
});

test("stretches are cut, and told apart", () => {
    assert.deepEqual(cut([[0, 10], [20, 30]], 5, 25), [[0, 5], [25, 30]]);
    assert.deepEqual(cut([[0, 10]], 2, 4), [[0, 2], [4, 10]]);
    assert.deepEqual(pieces([[0, 3], [5, 9]], 2, 7).map(({ kind, from, to }) => [kind, from, to]), [["unknown", 2, 3], ["empty", 3, 5], ["unknown", 5, 7]]);
});

test("a page that is open for weeks keeps no more bars than it says, and draws anew when it forgets some", () => {
    const bars = new Bars(page([0, 1]));
    const all = Array.from({ length: 3 * MOST_BARS }, (_, index) => bars.live(bar(index + 2)));
    assert.ok(bars.all.length <= MOST_BARS + 100, `${bars.all.length} bars`);
    assert.equal(all.filter((how) => how === "leap").length, Math.floor((all.length + 2 - MOST_BARS) / 100));
    assert.deepEqual([bars.from, bars.before], [bars.all[0].t, bars.all[0].t]);
    assert.equal(bars.live(bar(3)), "outside");
});
