// @ts-check
// The frame around the views: which one is shown, whether what it says is true now, and its colours.

import { find, forgetInks, h, keep, kept, sentence, setBadge, setText } from "./dom.js";
import { clock, iso, span, stopwatch } from "./format.js";
import { Feed, Live } from "./live.js";

/** @typedef {{show: (...args: string[]) => void, hide: () => void, title?: () => string}} View */
/** @typedef {import("../types.js").SymbolRow} SymbolRow */
/** @typedef {import("../types.js").Summary} Summary */
/** @typedef {typeof page} Page */

const root = document.documentElement;
const live = new Live();

/** @type {Record<string, () => Promise<{create: (section: HTMLElement, page: Page) => View}>>} */
const modules = {
    watch: () => import("./views/watch.js"),
    chart: () => import("./views/chart.js"),
    coverage: () => styled(import("./views/coverage.js")),
    gaps: () => styled(import("./views/gaps.js")),
    jobs: () => styled(import("./views/jobs.js")),
    alerts: () => styled(import("./views/alerts.js")),
};
/** @type {Promise<Event> | null} */
let sheet = null;

/**
 * A module with the style sheet that not every view needs; one that does not come may be asked for again.
 * @template T
 * @param {Promise<T>} module
 * @returns {Promise<T>}
 */
async function styled(module) {
    sheet ??= new Promise((resolve, reject) => {
        const link = h("link", { rel: "stylesheet", href: "/views.css", onload: resolve });
        link.onerror = () => ((sheet = null), link.remove(), reject());
        document.head.append(link);
    });
    return (await Promise.all([module, sheet]))[0];
}

/** @type {Map<string, Promise<View>>} */
const views = new Map();
/** @type {Set<string>} */
let shown = new Set();
/** @type {View | null} */
let current = null;
let name = "";

/** @type {Feed<Summary>} */
const summary = new Feed(live, "summary", ["summary", "alerts", "jobs"], showSummary, () => {});

/** What views share. */
const page = {
    live,
    summary,
    styled,
    retitle,
    feed,
    /** The symbol that the chart shows. */
    chosen: "",
    /**
     * The rows of all symbols, for the watch and the chart; events `rows` and `rows-failed` tell of them.
     * @type {Feed<SymbolRow[]>}
     */
    symbols: feed("symbols", ["symbols"], (rows, answer) => live.emit("rows", { rows, answer }), error => live.emit("rows-failed", error)),
};

/**
 * A feed that says nothing of a database that the banner tells of already.
 * @template T
 * @param {string} path @param {string[]} topics @param {(data: T, answer: import("../types.js").Answer<T>) => void} apply @param {(error: import("./live.js").AskFailed | null) => void} fail
 * @returns {Feed<T>}
 */
function feed(path, topics, apply, fail) {
    return new Feed(live, path, topics, apply, error => fail(error?.status === 503 && live.database?.state === "unavailable" ? null : error));
}

/** @param {string} which */
function view(which) {
    let made = views.get(which);
    if (!made) {
        made = modules[which]().then(module => module.create(find(`[data-view=${which}]`), page));
        views.set(which, made);
        made.catch(() => views.delete(which));
    }
    return made;
}

/** "#/chart/BTCUSD/1m": the view, and what it is to show. */
function route() {
    const [which, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(plain);
    return { which: Object.hasOwn(modules, which) ? which : "watch", rest };
}

/** @param {string} part of an address; one that is not written as it should be stands for itself */
function plain(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

async function follow() {
    const { which, rest } = route();
    const wanted = new Set(which === "chart" && wide.matches ? ["watch", "chart"] : [which]);
    for (const old of shown) if (!wanted.has(old)) views.get(old)?.then(made => made.hide());
    wanted.has("watch") || wanted.has("chart") ? page.symbols.show() : page.symbols.hide();
    const isOther = name !== "" && which !== name;
    name = which;
    shown = wanted;
    root.dataset.shown = [...wanted].join(" ");
    for (const which in modules) find(`[data-view=${which}]`).hidden = !wanted.has(which);
    for (const link of document.querySelectorAll("[data-nav]")) {
        if (link.getAttribute("data-nav") === which) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
    }
    if (isOther && !(wanted.has("watch") && wanted.has("chart"))) scrollTo(0, 0);
    await Promise.all([...wanted].map(async each => {
        // One that does not come while the server is away is asked for again when it is back.
        const made = await view(each).catch(() => null);
        if (!made || !shown.has(each)) return;
        made.show(...(each === which ? rest : []));
        if (each === which) current = made;
    }));
    retitle();
}

function retitle() {
    const host = find("#host").textContent;
    const title = `${current?.title?.() ?? name} · ${host}`;
    document.title = live.link === "lost" ? `⚠ ${title}` : title;
    if (name) setText(find("#heading"), `${host}: ${find(`[data-view=${name}]`).getAttribute("aria-label")}`);
}

/** The icon of the page, drawn here since a server that is gone cannot send another one. */
function drawIcon() {
    const lost = live.link === "lost";
    const bars = lost ? "<path d='M16 4 30 28H2Z' fill='%23e5a50a'/><path d='M15 12h2v9h-2zM15 23h2v2h-2z'/>" : "<path stroke='%235b9dff' stroke-width='2' fill='none' d='M9 4v6M9 22v6M5 10h8v12H5z'/><path fill='%235b9dff' d='M22 2h2v28h-2zM19 7h8v14h-8z'/>";
    find("link[rel=icon]").href = `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>${bars}</svg>`.replaceAll("<", "%3C").replaceAll(">", "%3E");
}

function showLink() {
    root.dataset.link = live.link;
    setBadge(find("#link"), live.link === "live" ? "live" : live.link === "lost" ? "stale" : "unknown", live.link === "live" ? "Live" : live.link === "lost" ? "Disconnected" : "Connecting");
    drawIcon();
    retitle();
    showBanner();
}

function showBanner() {
    const isLost = live.link === "lost";
    const banner = find("#banner");
    if (isLost) {
        setText(find(".stopwatch", banner), stopwatch(live.silence));
        setText(find(".so", banner), live.heardAt === null ? "– nothing was heard of the server yet. Retrying…" : `– figures below are from ${clock(live.heardAt)} UTC. Retrying…`);
    }
    banner.hidden = !isLost;
}

/** @param {import("../types.js").Database} database */
function showDatabase(database) {
    const banner = find("#database-banner");
    setText(find("strong", banner), sentence(database.message) ?? (database.state === "empty" ? "The database holds no candles yet." : "The database cannot be read."));
    setText(find("span", banner), database.hint ?? "");
    banner.hidden = database.state === "ok";
    root.dataset.database = database.state;
}

function showSecond() {
    const now = live.now();
    const time = find("#clock");
    setText(time, clock(now));
    time.dateTime = iso(now).slice(0, 19) + "Z";
    setText(find("#heard"), live.link === "live" ? `updated ${(live.silence / 1000).toFixed(1)} s ago` : "");
    if (live.link === "lost") showBanner();
    const skew = Math.round((live.skew ?? 0) / 1000);
    const notice = find("#notice");
    if (Math.abs(skew) > 5) setText(notice.firstChild, `This device’s clock is ${span(Math.abs(skew) * 1000)} ${skew > 0 ? "behind" : "ahead of"} the server’s; times here follow the server.`);
    notice.hidden = Math.abs(skew) <= 5;
}

/** @param {import("../types.js").Summary} data */
function showSummary(data) {
    setText(find("#host"), data.environment ? `${data.host} · ${data.environment}` : data.host);
    setText(find("#version"), `Version ${data.version} ·`);
    const count = data.alerts.critical + data.alerts.warning;
    const badge = find("#alert-count");
    setText(badge, String(count));
    badge.dataset.tone = data.alerts.critical ? "bad" : "warn";
    badge.setAttribute("aria-label", `${count} firing`);
    badge.hidden = count === 0;
    retitle();
    live.emit("summary", data);
}

const wide = matchMedia("(min-width: 1100px)");
const dark = matchMedia("(prefers-color-scheme: dark)");

/** The stored choice, or the system's: light, dark or auto. */
const theme = () => kept("theme") ?? "auto";

/** @param {string} choice */
function setTheme(choice) {
    root.dataset.theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    const next = { auto: "light", light: "dark", dark: "auto" }[choice] ?? "auto";
    const button = find("[data-action=theme]");
    button.title = `Theme: ${choice}; change to ${next}`;
    button.setAttribute("aria-label", button.title);
    setText(button.firstElementChild, { auto: "◐", light: "○", dark: "●" }[choice] ?? "◐");
    keep("theme", choice);
    repaint();
    return next;
}

function repaint() {
    forgetInks();
    live.emit("theme");
}

/**
 * Green and red, or colours that people tell apart who do not see these two as different.
 * @param {boolean} isSafe
 */
function setPalette(isSafe) {
    root.dataset.palette = isSafe ? "safe" : "usual";
    setText(find("[data-action=palette]"), isSafe ? "Colours: blue and orange" : "Colours: green and red");
    keep("palette", root.dataset.palette);
    repaint();
}

let next = setTheme(theme());
setPalette(kept("palette") === "safe");
find(".skip").onclick = () => (find("#main").focus(), false);
find("[data-action=theme]").addEventListener("click", () => (next = setTheme(next)));
find("[data-action=palette]").onclick = () => setPalette(root.dataset.palette !== "safe");
find("[data-action=retry]").addEventListener("click", () => live.retry());
dark.addEventListener("change", () => theme() === "auto" && setTheme("auto"));
wide.addEventListener("change", follow);
addEventListener("hashchange", follow);
live.on("link", showLink);
live.on("snapshot", () => [...shown].some(each => !views.has(each)) && follow());
live.on("condition", showDatabase);
live.on("database", showDatabase);
live.on("hello", hello => showDatabase(hello.database));
live.on("second", showSecond);
live.on("symbols", event => {
    for (const row of event.symbols) Object.assign(page.symbols.data?.find(each => each.symbol === row.symbol) ?? {}, row);
});
showLink();
live.start();
summary.show();
follow();
