// Takes the pictures of docs/images: every view, dark, light and on a phone, of made-up candles.
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import { Chromium } from "./support/chromium.mjs";
import { until } from "./support/deadline.mjs";
import { fullWorld } from "./support/full-world.mjs";
import { hasSummary, isLive, isShown, views } from "./support/hooks.mjs";
import { makeUpMarkets } from "./support/made-up-market.mjs";
import { desktop, pixel7 } from "./support/page.mjs";
import { inPath, root, run } from "./support/programs.mjs";

const folder = join(root, "docs/images");
const mostBytes = { one: 220_000, all: 2_500_000 };
const kinds = /** @type {const} */ ([
    { name: "dark", size: desktop, scheme: "dark" },
    { name: "light", size: desktop, scheme: "light" },
    // As many pixels as a picture beside text needs.
    { name: "phone", size: { ...pixel7, deviceScaleFactor: 1.25 }, scheme: "dark" },
]);

const names = { [hostname()]: "nas1", "127.0.0.1": "api-pub.bitfinex.com", "dashboard-\\w+": "candles" };

const days = 110;
const world = await fullWorld({ days, made: (folder) => makeUpMarkets(folder, days + 1) });
const browser = await Chromium.launch();
try {
    mkdirSync(folder, { recursive: true });
    await until("the backup is told of", async () => (await world.ask("backups")).some((/** @type {any} */ one) => one.bytes), { timeout: 150_000 });
    for (const kind of kinds) {
        for (const [name, view] of Object.entries(views)) await take(kind, name, view);
    }
    const pngquant = inPath("pngquant");
    const pictures = readdirSync(folder).filter((name) => name.endsWith(".png")).map((name) => join(folder, name));
    if (pngquant) await run(pngquant, ["--force", "--skip-if-larger", "--ext", ".png", ...pictures], { good: [0, 98, 99] });
    check(pictures);
} finally {
    await browser.close();
    await world.stop();
}

/** @param {typeof kinds[number]} kind @param {string} name @param {string} view */
async function take({ name: kind, size, scheme }, name, view) {
    const page = await browser.page();
    await page.resize(size);
    await page.prefer({ scheme, reducedMotion: true });
    await page.goto(world.url(view));
    await page.until(isLive);
    await page.until(isShown[name]);
    await page.until(hasSummary);
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(1))))");
    if (name !== "chart" && !size.mobile) await page.resize({ ...size, height: await page.call(wholeHeight) });
    for (const [from, to] of Object.entries(names)) await page.call(rename, from, to);
    const path = join(folder, `${name}-${kind}.png`);
    writeFileSync(path, await page.screenshot());
    console.log(`${path}: ${statSync(path).size} bytes`);
    await page.close();
}

/** How high a window shows all of the view, and the footer right below it. */
function wholeHeight() {
    const [view, footer] = ["[data-view]:not([hidden])", "footer"].map((one) => /** @type {HTMLElement} */ (document.querySelector(one)));
    return Math.ceil(view.getBoundingClientRect().bottom + scrollY + footer.offsetHeight + 12);
}

/** Where the pictures are taken is nobody's business. @param {string} from @param {string} to */
function rename(from, to) {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        text.textContent = text.textContent?.replace(new RegExp(`\\b${from}\\b`, "g"), to) ?? null;
    }
}

/** @param {string[]} pictures */
function check(pictures) {
    const sizes = pictures.map((path) => ({ path, size: statSync(path).size }));
    const large = sizes.filter(({ size }) => size > mostBytes.one).map(({ path, size }) => `${path}: ${size} bytes`);
    const all = sizes.reduce((sum, { size }) => sum + size, 0);
    if (large.length || all > mostBytes.all) throw new Error(`too large: ${large} (${all} bytes in all)`);
}
