import assert from "node:assert/strict";
import { after, afterEach, before, describe } from "node:test";

import { Chromium, chromium, lanName } from "./chromium.mjs";
import { ChartProbe } from "./charts.mjs";
import { webAssets } from "./world.mjs";
import { existsSync, readdirSync } from "node:fs";

/** What is missing for a test in a browser, or false; with REQUIRE_BROWSERS=1 that is an error. */
export const noChromium = missing(chromium, "no Chromium: install chromium-headless-shell, or name one in CHROMIUM");

/** What a group may take at most, in milliseconds, with what it starts first. */
export const longest = 420_000;

/** The library of the chart is fetched, not kept here. */
export const noChartLibrary = missing(
    existsSync(webAssets) && readdirSync(webAssets).length > 0, `no chart library in ${webAssets}: run scripts/fetch-web-assets`);

/** @param {unknown} there @param {string} reason @returns {string | false} */
export function missing(there, reason) {
    if (there) return false;
    if (process.env.REQUIRE_BROWSERS) throw new Error(reason);
    return reason;
}

/** One world and one browser, which the tests of a group share. */
export class Stage {
    /** @type {import("./page.mjs").Page[]} */
    #pages = [];

    /** @param {import("./world.mjs").World} world @param {Chromium} browser */
    constructor(world, browser) {
        this.world = world;
        this.browser = browser;
    }

    /** A new tab at a view of the dashboard. @param {string} view @param {string} [name] The server's name. */
    async open(view, name) {
        const page = await this.tab();
        await page.goto(this.world.url(view, name));
        return page;
    }

    /** A new, empty tab. */
    async tab() {
        const page = await this.browser.page();
        this.#pages.push(page);
        return page;
    }

    /** A new tab at a chart, once it is drawn. @param {string} series Such as BTCUSD/1m. */
    async chart(series) {
        const page = await this.tab();
        const probe = await ChartProbe.attach(page);
        await page.goto(this.world.url(`#/chart/${series}`));
        await probe.drawn();
        return { page, probe };
    }

    /** Closes all tabs; nothing that a test did not forgive may have been wrong in one, and nobody else may have been asked. */
    async clear() {
        const pages = this.#pages.splice(0);
        await Promise.all(pages.map((page) => page.close().catch(() => {})));
        assert.deepEqual(pages.flatMap((page) => page.problems), []);
        const foreign = [...this.browser.hosts].filter((host) => ![lanName, "127.0.0.1"].includes(host));
        assert.deepEqual(foreign, []);
    }
}

/**
 * Tests that share one world and one browser.
 *
 * @param {string} title
 * @param {() => Promise<import("./world.mjs").World>} prepare
 * @param {(on: () => Stage) => void} tests
 */
export function group(title, prepare, tests) {
    describe(title, { skip: noChromium, timeout: longest }, () => {
        /** @type {Stage} */
        let stage;
        before(async () => {
            const world = await prepare();
            stage = new Stage(world, await Chromium.launch());
        });
        afterEach(() => stage?.clear());
        after(async () => {
            await stage?.browser.close();
            await stage?.world.stop();
        });
        tests(() => stage);
    });
}
