// @ts-check
// Whether the machines do their work: hosts, jobs, breakers, backups, what is in the cloud.

import { bytes, duration } from "../amounts.js";
import { badge, emptyState, h, problemLine, spark } from "../dom.js";
import { count, counted, span } from "../format.js";
import { ago, code, keyed, none, table, tickTimes, time } from "../lists.js";

/** @typedef {import("../../types.js").JobRow} JobRow */
/** @typedef {import("../../types.js").BreakerRow} BreakerRow */
/** @typedef {import("../../types.js").BackupRow} BackupRow */
/** @typedef {import("../../types.js").Host} Host */
/** @typedef {import("../../types.js").Cloud} Cloud */

const GRAVITY = ["failing", "late", "running", "unknown", "ok", "never"];

/**
 * The gravest first, then by name.
 * @param {JobRow[]} jobs
 */
export function byGravity(jobs) {
    return [...jobs].sort((a, b) => GRAVITY.indexOf(a.state) - GRAVITY.indexOf(b.state) || a.id.localeCompare(b.id));
}

/**
 * @param {HTMLElement} section
 * @param {import("../main.js").Page} page
 */
export function create(section, page) {
    const { live } = page;
    const opsRun = () => h("span", {}, "It is told by ", code("ops run"), "; keep it running: ", code("scripts/install-user-units --ops"));
    const tables = {
        jobs: table("Jobs", [["", "State"], ["", "Job"], ["", "Target"], ["", "Last run"], ["", "Last success"], ["figure", "Took"], ["", ""], ["", "Next"]]),
        breakers: table("Breakers", [["", "State"], ["", "Calls to"], ["", "Host"], ["figure", "Failures"], ["figure", "Refused"], ["", "Since"], ["", "Tries again"], ["", "Last error"]]),
        backups: table("Backups", [["", "State"], ["", "Of"], ["", "Host"], ["", "Made"], ["figure", "Size"], ["figure", "Rows"], ["", "File"]]),
    };
    const hosts = h("ul", { class: "hosts" });
    const cloud = h("ul", { class: "hosts" });
    /** @type {(() => void)[]} */
    const redraws = [];

    /**
     * A heading, what it shows, and a sentence where there is nothing.
     * @template T
     * @param {string} title
     * @param {HTMLElement} shown
     * @param {(apply: () => void, fail: (error: any) => void) => import("../live.js").Feed<T>} follow
     * @param {(data: T, shownState: (state: string) => string) => number} draw gives how many it drew
     * @param {() => HTMLElement} empty
     */
    function part(title, shown, follow, draw, empty) {
        const problem = problemLine();
        const nothing = h("div");
        section.append(h("h2", {}, title), problem.element, shown, nothing);
        const feed = follow(redraw, problem.show);
        redraws.push(() => feed.data !== null && redraw());
        return feed;

        function redraw() {
            const number = feed.data === null ? 0 : draw(feed.data, state => feed.shown(state));
            tickTimes(live.now(), shown);
            shown.hidden = number === 0;
            nothing.replaceChildren(...(number ? [] : [empty()]));
        }
    }

    /**
     * @param {string} path
     * @returns {(apply: () => void, fail: (error: any) => void) => import("../live.js").Feed<any>}
     */
    const follow = path => (apply, fail) => page.feed(path, [path], apply, fail);
    section.replaceChildren();
    part("Hosts", hosts, apply => (live.on("summary", apply), page.summary), drawHosts, () => emptyState("No host reports.", opsRun()));
    const feeds = [
        part("Jobs", tables.jobs.element, follow("jobs"), drawJobs, () => emptyState("No job has run yet.", opsRun())),
        part("Breakers", tables.breakers.element, follow("breakers"), drawBreakers, () => emptyState("No breaker is known.", "One appears with the first call to the exchange or to a channel.")),
        part("Backups", tables.backups.element, follow("backups"), drawBackups, () => emptyState("No backup yet.", "Make one: ", code("ops backup"))),
        part("Cloud", cloud, follow("cloud"), drawCloud, () => emptyState("Drive and Colab are not set up.")),
    ];
    live.on("second", () => section.hidden || tickTimes(live.now(), section));
    live.on("link", () => redraws.forEach(redraw => redraw()));
    live.on("condition", () => redraws.forEach(redraw => redraw()));
    live.on("theme", () => redraws.forEach(redraw => (tables.jobs.body.replaceChildren(), redraw())));

    /**
     * @param {import("../../types.js").Summary} data
     * @param {(state: string) => string} shown
     */
    function drawHosts({ hosts: all }, shown) {
        keyed(hosts, all.map(host => ({ host, state: host.is_stale ? "stale" : host.is_watched ? shown("live") : "unknown" })), each => each.host.host, ({ host, state }) => {
            const facts = [
                host.uptime_seconds === null ? "" : `up ${span(host.uptime_seconds * 1000)}`,
                ...host.disks.map(disk => `${bytes(disk.free_gb * 1e9)} of ${bytes(disk.total_gb * 1e9)} free`),
                host.requests_last_minute === null ? "" : `${counted(host.requests_last_minute, "request")} in the last minute`,
            ];
            return h("li", { "data-host": host.host }, h("p", {}, h("strong", {}, host.host), "  ", badge(state), "  ", h("span", { class: "muted" }, ago(host.at_ms))),
                h("p", { class: "muted" }, facts.filter(Boolean).join(" · ")),
                !host.is_stale && !host.is_watched && h("p", { class: "warns" }, "◐ nothing raises alerts: ", code("ops run"), " does not work there"),
                ...host.bans.map(ban => h("p", { class: "warns" }, `◐ ${ban.host} lets nothing through until `, time(ban.until_ms))),
                ...host.problems.map(problem => h("p", { class: "warns" }, `■ ${problem}`)));
        });
        return all.length;
    }

    /**
     * @param {JobRow[]} all
     * @param {(state: string) => string} shown
     */
    function drawJobs(all, shown) {
        const rows = byGravity(all).map(job => ({ ...job, state: /** @type {JobRow["state"]} */ (shown(job.state)), told: job.state }));
        keyed(tables.jobs.body, rows, job => job.id, job => {
            const canvas = h("canvas", { class: "durations", role: "img", "aria-label": `The last ${job.durations_ms.length} runs took ${job.durations_ms.map(duration).join(", ")}` });
            if (job.durations_ms.length > 1) requestAnimationFrame(() => spark(canvas, job.durations_ms, "accent"));
            const { progress } = job;
            const share = progress && progress.total ? progress.done / progress.total : 0;
            const bar = progress && h("div", { class: "progress" }, h("progress", { max: 1, value: share, "aria-label": `${job.job} ${job.target ?? ""}` }),
                h("span", { class: "figure" }, `${Math.floor(share * 100)}\u2009% of ${count(progress.total)}${progress.eta_seconds === null ? "" : ` · ${span(progress.eta_seconds * 1000)} to go`}`));
            const said = job.message && h("p", { class: job.told === "failing" ? "said bad" : "said muted" }, job.message);
            return h("tr", { "data-job": job.id, "data-state": job.state }, h("td", {}, badge(job.state)),
                h("th", { scope: "row", class: "job" }, job.job, h("span", { class: "muted" }, `  ${job.host}`)), h("td", { class: "wrap" }, job.target ?? none(), bar, said),
                h("td", {}, ago(job.last_start_ms)), h("td", {}, ago(job.last_ok_ms)), h("td", { class: "figure" }, job.duration_ms === null ? none() : duration(job.duration_ms)),
                h("td", {}, job.durations_ms.length > 1 && canvas),
                h("td", {}, job.told === "late" && "due ", ago(job.next_due_ms), job.interval_ms !== null && h("span", { class: "muted" }, `  every ${span(job.interval_ms)}`)));
        });
        return all.length;
    }

    /**
     * @param {BreakerRow[]} all
     * @param {(state: string) => string} shown
     */
    function drawBreakers(all, shown) {
        const rows = all.map(row => ({ ...row, shown: shown(row.state) })).sort((a, b) => Number(a.state === "closed") - Number(b.state === "closed"));
        keyed(tables.breakers.body, rows, row => `${row.host} ${row.name}`, row => h("tr", { "data-breaker": row.name, "data-state": row.shown }, h("td", {}, badge(row.shown)),
            h("th", { scope: "row" }, row.name), h("td", { class: "muted" }, row.host), h("td", { class: "figure" }, count(row.failures)), h("td", { class: "figure" }, count(row.refused)),
            h("td", {}, ago(row.since_ms)), h("td", {}, ago(row.retry_at_ms)), h("td", { class: "wrap" }, row.last_error ?? none())));
        return all.length;
    }

    /**
     * @param {BackupRow[]} all
     * @param {(state: string) => string} shown
     */
    function drawBackups(all, shown) {
        const rows = all.map(row => ({ ...row, state: shown(row.verified === null ? "unverified" : row.verified ? "verified" : "broken") }));
        keyed(tables.backups.body, rows, row => `${row.host} ${row.type} ${row.at_ms} ${row.file}`, row => h("tr", { "data-backup": row.file ?? `${row.type} ${row.at_ms}`, "data-state": row.state },
            h("td", {}, badge(row.state)), h("th", { scope: "row" }, row.type), h("td", { class: "muted" }, row.host), h("td", {}, ago(row.at_ms)),
            h("td", { class: "figure" }, row.bytes === null ? none() : bytes(row.bytes)), h("td", { class: "figure" }, row.rows === null ? none() : count(row.rows)), h("td", {}, row.file === null ? none() : h("code", {}, row.file))));
        return all.length;
    }

    /** @param {Cloud} data */
    function drawCloud({ drive, colab }) {
        const rows = [
            ...(drive ? [{ name: "Drive", state: drive.state, at: drive.last_sync_ms, more: `${count(drive.queue)} waiting` }] : []),
            ...(colab ? [{ name: "Colab", state: colab.state, at: colab.last_seen_ms, more: "" }] : []),
        ];
        keyed(cloud, rows, row => row.name, row => h("li", {}, h("p", {}, h("strong", {}, row.name), `  ${row.state}  `, h("span", { class: "muted" }, ago(row.at), row.more && ` · ${row.more}`))));
        return rows.length;
    }

    redraws.forEach(redraw => redraw());
    return { show: () => feeds.forEach(feed => feed.show()), hide: () => feeds.forEach(feed => feed.hide()), title: () => "Jobs" };
}
