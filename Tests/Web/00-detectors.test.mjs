// What the other tests look with, shown that it sees.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";

import { Chromium } from "./support/chromium.mjs";
import { until } from "./support/deadline.mjs";
import { longest, noChromium } from "./support/group.mjs";
import { chartPixels, faintTexts, greenPixels, greenThings, lostInForcedColours, sidewaysScroll, wrongSparks } from "./support/looks.mjs";
import { pixel7 } from "./support/page.mjs";

describe("the detectors", { skip: noChromium, timeout: longest }, () => {
    /** @type {Chromium} */ let browser;
    /** @type {import("node:http").Server} */ let server;
    /** @type {import("./support/page.mjs").Page} */ let page;
    before(async () => {
        server = createServer((request, answer) => {
            const script = request.url === "/worker.js";
            answer.setHeader("Content-Type", script ? "text/javascript" : "text/html");
            answer.setHeader("Content-Security-Policy", "img-src 'none'");
            const worker = `onconnect = () => fetch("http://two.example/").catch(() => {})`;
            answer.end(script ? worker : `<!doctype html><meta name="viewport" content="width=device-width"><title>t</title><body>`);
        });
        await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(null)));
        browser = await Chromium.launch();
        page = await browser.page();
        const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
        await page.goto(`http://127.0.0.1:${port}/`);
    });
    after(async () => {
        await browser?.close();
        server.closeAllConnections();
        server.close();
    });

    /** @param {string} html */
    const show = (html) => page.evaluate(`document.body.innerHTML = ${JSON.stringify(html)}; void 0`);

    const canvas = (/** @type {string} */ id) => `<canvas id="${id}" width="20" height="20"></canvas>`;
    /** Twelve pixels of a canvas. @param {string} id @param {string} colour */
    const draw = (id, colour) => page.evaluate(`{
        const pen = document.querySelector("canvas#${id}").getContext("2d");
        pen.fillStyle = "${colour}";
        pen.fillRect(5, 5, 4, 3);
    }`);

    test("faint text is found, on what it stands on, and readable text is not", async () => {
        await show(`<p style="color:#999">pale</p><p style="color:#57606a">muted</p><p style="opacity:.5">half</p>
            <div style="background:#0f131a"><p style="color:#9aa4b2">light on dark</p><p style="color:#333">dark on dark</p></div>
            <p style="color:#fff;display:none">hidden</p>`);
        const faint = await page.call(faintTexts);
        assert.deepEqual(faint.map((/** @type {string} */ line) => line.split('"')[1]), ["pale", "half", "dark on dark"]);
        assert.match(faint[0], /2\.85$/);
    });

    test("green is found in text, grounds, borders and before text", async () => {
        await show(`<style>.dot::before { content: "●"; color: #26a69a }</style>
            <b style="color:#0f7b54">text</b><i style="background:green">ground</i><u style="border-left:3px solid #2a4">border</u>
            <s class="dot">before</s><p>plain</p><em style="color:#c62828">red</em><p style="color:green"></p>`);
        const green = await page.call(greenThings);
        assert.deepEqual(green.map((/** @type {string} */ line) => line.split(": ")[1]), ["text", "ground", "border", "before"]);
    });

    test("green is seen in what is drawn, and not behind a filter that takes the colours", async () => {
        await show(canvas("it"));
        assert.equal(await greenPixels(page), 0);
        await draw("it", "#c62828");
        assert.equal(await greenPixels(page), 0);
        await draw("it", "#0f7b54");
        assert.deepEqual([await greenPixels(page), await greenPixels(page, "canvas")], [12, 12]);
        await page.evaluate(`document.querySelector("canvas").style.filter = "grayscale(1)"`);
        assert.equal(await greenPixels(page), 0);
    });

    test("a line is found that has another colour than its direction", async () => {
        const row = (/** @type {string} */ name, /** @type {string} */ direction) =>
            `<tr data-symbol="${name}"><td>${canvas(name)}</td><td data-col="change" data-dir="${direction}"></td></tr>`;
        await show(`<style>:root { --up: #0f7b54; --down: #c62828 }</style><table>${row("rises", "up")}${row("falls", "down")}${row("empty", "up")}</table>`);
        await draw("rises", "#0f7b54");
        await draw("falls", "#0f7b54");
        const names = (await page.call(wrongSparks)).map((/** @type {string} */ line) => line.split(":")[0]);
        assert.deepEqual(names, ["falls", "empty"]);
    });

    test("what is lost in forced colours is found: other colours, nothing, an open tab like the others", async () => {
        await page.prefer({ forcedColors: true });
        await show(`<nav><a aria-current="page">open</a><a>closed</a></nav>${canvas("black")}${canvas("red")}${canvas("empty")}`);
        await draw("black", "CanvasText");
        await draw("red", "#c62828");
        const lost = await page.call(lostInForcedColours);
        assert.deepEqual(lost.map((/** @type {string} */ line) => line.split(", ")[0]), ["red. has 198,40,40", "empty. is empty", "open is not framed"]);
        await page.prefer({});
    });

    test("what sticks out of a phone is found, and what scrolls by itself is not", async () => {
        await page.resize(pixel7);
        await show(`<div style="overflow-x:auto"><p style="width:2000px">scrolls</p></div>`);
        assert.deepEqual(await page.call(sidewaysScroll), { wide: 0, out: [] });
        await show(`<p id="wide" style="width:600px">sticks out</p>`);
        const { wide, out } = await page.call(sidewaysScroll);
        assert.ok(wide > 100 && out[0].startsWith("p#wide"));
    });

    test("a blank chart is told from a drawn one", async () => {
        await show(`<div id="chart"><canvas width="100" height="50"></canvas></div>`);
        assert.equal((await page.call(chartPixels)).coloured, 0);
        await page.evaluate(`{
            const pen = document.querySelector("canvas").getContext("2d");
            pen.fillStyle = "#c62828";
            pen.fillRect(10, 10, 5, 20);
        }`);
        const { coloured, columns } = await page.call(chartPixels);
        assert.equal(coloured, 100);
        assert.deepEqual(columns.slice(9, 16), [0, 20, 20, 20, 20, 20, 0]);
    });

    test("errors, broken policies and foreign hosts are noted, also a worker's", async () => {
        await show(`<img src="http://one.example/x.png">`);
        await page.evaluate(`new SharedWorker("/worker.js"); setTimeout(() => { throw new Error("thrown") }); console.error("said")`);
        await page.until("true");
        for (const wanted of [/thrown/, /said/, /Content Security Policy/, /CSP/]) {
            assert.ok(await settled(() => page.problems.some((problem) => wanted.test(problem))), `${wanted} in ${page.problems}`);
        }
        assert.ok(await settled(() => browser.hosts.has("two.example")), `${[...browser.hosts]}`);
    });
});

/** @param {() => boolean} look */
async function settled(look) {
    return await until("it is noted", look).catch(() => false);
}
