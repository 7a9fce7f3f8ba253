import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { AskFailed, Feed, LinkRule, Live, Recent } from "../../../Sources/Frontend/Public/js/live.js";
import { Stream } from "../../../Sources/Frontend/Public/js/live-worker.js";

const well = { kind: "sqlite", state: "ok", message: null, hint: null };
const hello = (more = {}) => ({ type: "hello", seq: null, age: 0, data: { server_time_ms: 1000, boot: "a", seq: 5, heartbeat_ms: 5000, database: well, is_anew: false, ...more } });

/** @type {Live} */ let live;
/** @type {string[]} */ let heard;
beforeEach(() => {
    live = new Live();
    heard = [];
    for (const type of ["snapshot", "link", "condition"]) live.on(type, () => heard.push(type));
});

test("the line is connecting, live, and lost after more than ten silent seconds", () => {
    const rule = new LinkRule(0);
    assert.equal(rule.state(10_000), "connecting");
    assert.equal(rule.state(10_001), "lost");
    rule.heard(10_500);
    assert.equal(rule.state(20_500), "live");
    assert.equal(rule.state(20_501), "lost");
});

test("events after a snapshot are found by number, and old ones are forgotten", () => {
    const recent = new Recent(4);
    for (let seq = 1; seq <= 6; seq++) recent.add({ type: seq % 2 ? "bars" : "symbols", seq, data: seq, age: 0 });
    recent.add({ type: "hb", seq: null, data: 0, age: 0 });
    assert.deepEqual(recent.after(3, "bars"), [5]);
    assert.deepEqual(recent.after(0, "symbols"), [4, 6]);
});

test("the first hello asks for nothing; a new boot, a new stream and resync ask for all again", () => {
    live.take(hello());
    assert.equal(live.link, "live");
    assert.deepEqual(heard, ["condition", "link"]);
    live.take(hello());
    assert.ok(!heard.includes("snapshot"), "a resumed stream replays what was missed");
    for (const told of [hello({ boot: "b" }), hello({ boot: "b", is_anew: true }), { type: "resync", seq: null, age: 0, data: { reason: "slow" } }]) {
        heard = [];
        live.take(told);
        assert.deepEqual(heard, ["snapshot"]);
    }
});

test("after silence all is asked again, since what was green may not be so now", () => {
    live.take({ ...hello(), age: 11_000 });
    assert.equal(live.link, "lost");
    assert.equal(live.isCurrent, false);
    heard = [];
    live.take(hello());
    assert.deepEqual(heard, ["snapshot", "link"]);
    assert.equal(live.isCurrent, true);
});

test("a database that is away makes states unknown, and its return asks for all again", () => {
    live.take(hello());
    heard = [];
    live.take({ type: "database", seq: 6, age: 0, data: { ...well, state: "unavailable" } });
    assert.deepEqual([live.isCurrent, heard], [false, ["condition"]]);
    live.take({ type: "database", seq: 7, age: 0, data: well });
    assert.deepEqual([live.isCurrent, heard], [true, ["condition", "condition", "snapshot"]]);
});

test("the server's clock is followed, and the difference is known", () => {
    live.take(hello({ server_time_ms: Date.now() + 60_000 }));
    assert.ok(Math.abs(live.now() - Date.now() - 60_000) < 50);
    assert.ok(Math.abs((live.skew ?? 0) - 60_000) < 50);
});

test("a feed's states count only while they were told since the line was last away", async () => {
    live.take(hello());
    const answers = [{ as_of_ms: 0, seq: 5, data: 1 }];
    live.ask = async () => answers.shift() ?? Promise.reject(new AskFailed("away", "start it", 503));
    const seen = [];
    const feed = new Feed(live, "symbols", ["symbols"], (data) => seen.push(data), (error) => seen.push(error?.message ?? null));
    assert.equal(feed.shown("live"), "unknown");
    feed.isShown = true;
    await feed.ask();
    assert.equal(feed.shown("live"), "live");
    live.rule.heardAt -= 11_000;
    live.look();
    assert.equal(feed.shown("live"), "unknown");
    live.take(hello({ is_anew: true }));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(feed.shown("live"), "unknown", "the answer failed");
    assert.deepEqual([seen, feed.data], [[null, 1, "away"], 1]);
});

test("what could not be asked again is unknown while the stream is well, and whoever shows it is told", async () => {
    live.take(hello());
    let isAway = false;
    live.ask = async () => {
        if (isAway) throw new AskFailed("the database cannot be read", null, 503);
        return /** @type {any} */ ({ as_of_ms: 0, seq: 0, data: 1 });
    };
    const feed = new Feed(live, "symbols", ["symbols"], () => {}, () => {});
    feed.isShown = true;
    await feed.ask();
    assert.equal(feed.shown("live"), "live");
    isAway = true;
    heard = [];
    await feed.ask();
    await feed.ask();
    assert.deepEqual([feed.shown("live"), heard, live.link], ["unknown", ["link"], "live"]);
    isAway = false;
    await feed.ask();
    assert.equal(feed.shown("live"), "live");
});

test("an answer that is no longer wanted is dropped", async () => {
    live.take(hello());
    const waiting = [];
    live.ask = (path) => new Promise((resolve) => waiting.push(() => resolve({ as_of_ms: 0, seq: 0, data: path })));
    const seen = [];
    const feed = new Feed(live, "one", [], (data) => seen.push(data), () => {});
    feed.isShown = true;
    const asked = [feed.ask(), (feed.path = "two", feed.ask())];
    await new Promise((resolve) => setImmediate(resolve));
    for (const answer of waiting.reverse()) answer();
    await Promise.all(asked);
    assert.deepEqual(seen, ["two"]);
});

/** An EventSource that says what a test wants. */
class Source extends EventTarget {
    readyState = 1;
    close() {
        this.readyState = 2;
    }
    say(type, data, id = "") {
        this.dispatchEvent(Object.assign(new Event(type), { data: JSON.stringify(data), lastEventId: id }));
    }
}

test("a stream tells events with their numbers, and whether it was opened anew", () => {
    globalThis.EventSource ??= { CLOSED: 2 };
    const told = [];
    const sources = [];
    const stream = new Stream("/", (each) => told.push([each.type, each.seq, each.data.is_anew]), () => sources[sources.push(new Source()) - 1]);
    stream.open();
    sources[0].say("hello", {}, "9f3c-7");
    sources[0].say("bars", {}, "9f3c-8");
    sources[0].say("hb", {}, "9f3c-8");
    sources[0].say("hello", {}, "9f3c-9");
    stream.open();
    sources[1].say("hello", {}, "9f3c-9");
    assert.deepEqual(told, [["hello", 7, true], ["bars", 8, undefined], ["hb", null, undefined], ["hello", 9, false], ["hello", 9, true]]);
    assert.equal(sources[0].readyState, 2);
    stream.close();
});

test("a stream that is silent for more than twelve seconds is opened anew", () => {
    const sources = [];
    const stream = new Stream("/", () => {}, () => sources[sources.push(new Source()) - 1]);
    stream.open();
    stream.look();
    assert.equal(sources.length, 1);
    stream.heard -= 12_100;
    stream.look();
    assert.equal(sources.length, 2);
    stream.close();
});
