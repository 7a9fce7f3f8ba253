import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { outline } from "./support/accessibility.mjs";
import { fullWorld } from "./support/full-world.mjs";
import { until } from "./support/deadline.mjs";
import { group, noChartLibrary } from "./support/group.mjs";
import { hasSummary, hasTableOfBars, isLive, isShown, spoken, views } from "./support/hooks.mjs";
import { tabStops, walk } from "./support/focus.mjs";
import { faintTexts, greenPixels, greenThings, lostInForcedColours, sidewaysScroll, smallTargets, wordlessStates, wrongSparks } from "./support/looks.mjs";
import { pixel7 } from "./support/page.mjs";
import { root } from "./support/programs.mjs";

const shownViews = Object.entries(views).filter(([name]) => name !== "chart" || !noChartLibrary);

group("for everybody", fullWorld, (on) => {
    /** @param {string} name @param {(page: import("./support/page.mjs").Page) => Promise<void>} [first] Before the page is loaded. */
    async function open(name, first) {
        const page = await on().tab();
        await first?.(page);
        await page.goto(on().world.url(views[name]));
        await page.until(isLive);
        await page.until(isShown[name]);
        await page.until(hasSummary);
        return page;
    }

    for (const [name] of shownViews) {
        test(`${name} is told to a screen reader as written down`, async () => {
            const page = await open(name);
            golden(name, await outline(page));
        });

        test(`${name} is walked by keyboard alone`, async () => {
            const page = await open(name);
            const stops = await walk(page);
            const reachable = await page.evaluate(tabStops);
            assert.deepEqual(reachable.filter((/** @type {string} */ one) => !stops.places.includes(one)), [], "reached by Tab");
            assert.deepEqual(stops.unseen, [], "the focus is seen");
            assert.ok(stops.isRound, `Tab comes round: ${stops.places}`);
        });

        for (const scheme of /** @type {const} */ (["light", "dark"])) {
            test(`text of ${name} is readable, ${scheme}`, async () => {
                const page = await open(name, (one) => one.prefer({ scheme, reducedMotion: true }));
                assert.deepEqual(await page.call(faintTexts), []);
            });
        }

        test(`${name} fits a phone`, async () => {
            const page = await open(name, (one) => one.resize(pixel7));
            assert.deepEqual(await page.call(sidewaysScroll), { wide: 0, out: [] });
            assert.deepEqual(await page.call(smallTargets), []);
        });
    }

    test("a phone's market watch is sorted by what its rows show", async () => {
        const page = await open("watch", (one) => one.resize(pixel7));
        const shown = (/** @type {string} */ rows) => page.evaluate(`[...document.querySelectorAll('${rows}')]
            .filter((one) => one.checkVisibility() && !one.classList.contains("quiet")).map((one) => one.dataset.head ?? one.dataset.col)`);
        const columns = await shown("tbody tr:first-child [data-col]");
        const heads = await shown("thead [data-head]");
        assert.ok(heads.includes("volume"), `${heads}`);
        assert.deepEqual(heads.filter((/** @type {string} */ one) => !columns.includes(one)), []);
    });

    test("the chart fills a desktop's window, and no more", { skip: noChartLibrary }, async () => {
        const page = await open("chart");
        const over = await page.evaluate("document.documentElement.scrollHeight - innerHeight");
        assert.equal(over, 0, `${over} pixels too high`);
        const free = await page.evaluate(`document.querySelector("footer").getBoundingClientRect().top - document.querySelector("#chart").getBoundingClientRect().bottom`);
        assert.ok(free < 150, `${free} pixels below the chart`);
    });

    test("forced colours leave shapes and words: what is drawn is drawn in them, and the open tab has a frame", async () => {
        for (const [name] of shownViews) {
            const page = await open(name, (one) => one.prefer({ forcedColors: true }));
            assert.equal(await page.evaluate(`matchMedia("(forced-colors: active)").matches`), true);
            assert.deepEqual(await page.call(wordlessStates), [], name);
            assert.deepEqual(await page.call(greenThings), [], name);
            assert.equal(await greenPixels(page), 0, name);
            await until(`${name} is drawn in the system's colours`, async () => (await page.call(lostInForcedColours)).length === 0)
                .catch(async () => assert.deepEqual(await page.call(lostInForcedColours), [], name));
        }
    });

    test("a theme that a person chose outlives the page", async () => {
        const page = await open("watch", (one) => one.prefer({ scheme: "light" }));
        const ground = "getComputedStyle(document.documentElement).backgroundColor";
        const light = await page.evaluate(ground);
        for (let tries = 0; tries < 3 && (await page.evaluate(ground)) === light; tries++) {
            await page.click('[data-action="theme"]');
        }
        const dark = await page.evaluate(ground);
        assert.notEqual(dark, light);
        await page.reload();
        await page.until(isShown.watch);
        assert.equal(await page.evaluate(ground), dark);
    });

    for (const scheme of /** @type {const} */ (["light", "dark"])) {
        test(`without red and green, ${scheme}: a choice that outlives the page, readable, and seen in what is drawn`, async () => {
            const page = await open("watch", (one) => one.prefer({ scheme, reducedMotion: true }));
            await page.until(`document.querySelectorAll('[data-state="live"]').length`);
            assert.notDeepEqual(await page.call(greenThings, "main"), []);
            const ink = `getComputedStyle(document.documentElement).getPropertyValue("--up")`;
            const before = await page.evaluate(ink);
            assert.deepEqual(await page.call(wrongSparks), []);
            assert.deepEqual(await sparksAfterClick(page), []);
            assert.notEqual(await page.evaluate(ink), before);
            for (const again of [false, true]) {
                if (again) await page.reload();
                await page.until(isShown.watch);
                await page.until(`document.querySelectorAll('[data-state="live"]').length`);
                assert.deepEqual(await page.call(greenThings), []);
                assert.deepEqual(await page.call(faintTexts), []);
            }
            assert.deepEqual(await sparksAfterClick(page), []);
            assert.equal(await page.evaluate(ink), before);
            assert.notDeepEqual(await page.call(greenThings, "main"), []);
        });
    }

    test("a choice without red and green holds from the first frame", async () => {
        const page = await open("watch");
        await page.click('[data-action="palette"]');
        await page.send("Page.addScriptToEvaluateOnNewDocument", { source: `(${noteFirstColours})()` });
        await page.reload();
        const { up, frames } = await page.until("window.firstColours");
        assert.equal(frames, 0);
        assert.equal(up, await page.evaluate(`getComputedStyle(document.documentElement).getPropertyValue("--up")`));
        assert.deepEqual(await page.call(greenThings), []);
        await page.click('[data-action="palette"]');
    });

    test("who wants less motion sees none", async () => {
        const page = await open("watch", (one) => one.prefer({ reducedMotion: true }));
        const moving = await page.evaluate(`[...document.querySelectorAll("*")].filter((one) => {
            const style = getComputedStyle(one);
            return parseFloat(style.transitionDuration) > 0.01 || (style.animationName !== "none" && parseFloat(style.animationDuration) > 0.01);
        }).map((one) => one.outerHTML.slice(0, 80))`);
        assert.deepEqual(moving, []);
    });

    test("the chart is read by keys, and says the bar in words", { skip: noChartLibrary }, async () => {
        const page = await open("chart");
        await page.evaluate(`document.querySelector("#chart").focus()`);
        const heard = new Set();
        for (const key of ["ArrowLeft", "ArrowLeft", "PageUp", "Home"]) {
            await page.press(key);
            const isNew = `!${JSON.stringify([...heard])}.includes(${spoken})`;
            await page.until(`${isNew} && /\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC/.test(${spoken})`);
            heard.add(await page.evaluate(spoken));
        }
        assert.equal(heard.size, 4);
        await page.press("t");
        await page.until(hasTableOfBars);
    });

    test("the strip under the chart is read by keys and by pointer", { skip: noChartLibrary }, async () => {
        const page = await open("chart");
        const readout = `document.querySelector("#strip-readout").textContent`;
        await page.until(`/^In sight: /.test(${readout})`);
        await page.evaluate(`document.querySelector("#strip").focus()`);
        await page.press("ArrowLeft");
        await page.until(`/UTC: (unknown|nobody traded).* \\(\\d+ intervals?\\)/.test(${readout}) && ${readout} === ${spoken}`);
        await page.evaluate(`document.activeElement.blur()`);
        const { x, y } = await page.middle("#strip");
        await page.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
        await page.until(`/\\d{4}-\\d\\d-\\d\\d .* UTC: /.test(${readout})`);
        await page.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y: y - 100 });
        await page.until(`/^In sight: /.test(${readout})`);
    });

    test("the coverage map is read by keys", async () => {
        const page = await open("coverage");
        const readout = `document.querySelector("#coverage-readout").textContent`;
        await page.evaluate(`document.querySelector("canvas#coverage-map").focus()`);
        const heard = new Set();
        for (const key of ["ArrowLeft", "ArrowLeft", "ArrowDown", "Home"]) {
            await page.press(key);
            await page.until(`/\\d{4}-\\d{2}-\\d{2}/.test(${readout})`);
            heard.add(await page.evaluate(readout));
        }
        assert.ok(heard.size >= 3, [...heard].join(" | "));
    });
});

/**
 * Chooses the other colours; which lines of the market watch do not have them at once, before another price could redraw them.
 *
 * @param {import("./support/page.mjs").Page} page @returns {Promise<string[]>}
 */
async function sparksAfterClick(page) {
    await page.evaluate(`void (window.sparks = new Promise((told) =>
        document.querySelector('[data-action="palette"]').addEventListener("click", () => told((${wrongSparks})()), { once: true })))`);
    await page.click('[data-action="palette"]');
    return await page.evaluate("window.sparks");
}

/** Compares with Tests/Web/golden; UPDATE_GOLDEN=1 writes it anew and fails. @param {string} name @param {string} text */
function golden(name, text) {
    const path = join(root, "Tests/Web/golden", `${name}.txt`);
    if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
    assert.equal(text, existsSync(path) ? readFileSync(path, "utf8") : "");
    assert.ok(!process.env.UPDATE_GOLDEN, "written anew");
}

/** Keeps what rising is drawn in when the page makes its choice of colours, and how many frames there were before. Runs in the page. */
function noteFirstColours() {
    let frames = 0;
    const count = () => (frames++, requestAnimationFrame(count));
    requestAnimationFrame(count);
    const observer = new MutationObserver(() => {
        const root = document.documentElement;
        if (!root?.dataset.palette) return;
        const up = getComputedStyle(root).getPropertyValue("--up");
        Object.assign(window, { firstColours: { up, frames } });
        observer.disconnect();
    });
    observer.observe(document, { attributes: true, childList: true, subtree: true });
}
