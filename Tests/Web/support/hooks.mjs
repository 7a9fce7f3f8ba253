/** What the tests hold on to in the page: selectors and expressions, all in this one place. */

/** @type {Record<string, string>} */
export const views = {
    watch: "#/watch", chart: "#/chart/BTCUSD/1m", coverage: "#/coverage", gaps: "#/gaps", jobs: "#/jobs", alerts: "#/alerts",
};

/** The stream of events speaks. */
export const isLive = `document.documentElement.dataset.link === "live"`;
/** It has been silent for too long. */
export const isLost = `document.documentElement.dataset.link === "lost"`;

/** What a strip above the views says; empty while it is not shown. @param {string} selector */
const textOf = (selector) => `(() => {
    const strip = document.querySelector("${selector}");
    return strip && strip.checkVisibility() ? strip.textContent.trim() : "";
})()`;
/** What is wrong with the connection. */
export const bannerText = textOf("#banner");
/** What is wrong with the database. */
export const databaseText = textOf("#database-banner");

/** What a screen reader was told last. */
export const spoken = `document.querySelector("#announcer").textContent`;

/** Rows of the market watch that have a price. */
export const watchRows = `[...document.querySelectorAll('tr[data-symbol] [data-col="last"]')]
    .filter((cell) => /\\d/.test(cell.textContent)).length`;

/** Bars stand in a table. */
export const hasTableOfBars = `[...document.querySelectorAll("main table")]
    .some((one) => one.checkVisibility() && one.rows.length > 20 && !one.closest("#chart"))`;

/** The frame around the views has what the summary tells. */
export const hasSummary = `/\\d/.test(document.querySelector("#version").textContent)`;

/** The view that is open has something in it. @type {Record<string, string>} */
export const isShown = {
    watch: watchRows,
    // Bars may come before the symbols do, with their names and timeframes.
    chart: `Number(document.querySelector("#chart")?.dataset.bars) > 0 && document.querySelector("#chart-name").textContent.includes("/")`,
    coverage: `document.querySelector("canvas#coverage-map")?.checkVisibility()`,
    gaps: `document.querySelectorAll("tr[data-gap]").length`,
    jobs: `document.querySelectorAll("tr[data-job]").length`,
    alerts: `/alert|fires|nothing/i.test(document.querySelector("main").innerText)`,
};
