// @ts-check
// What fires, the gravest first.

import { badge, emptyState, h, problemLine, setText } from "../dom.js";
import { counted } from "../format.js";
import { ago, code, keyed, tickTimes } from "../lists.js";

/** @typedef {import("../../types.js").AlertRow} AlertRow */

/**
 * @param {HTMLElement} section
 * @param {import("../main.js").Page} page
 */
export function create(section, page) {
    const { live } = page;
    const problem = problemLine();
    const total = h("p", { class: "muted", role: "status" });
    const list = h("ul", { class: "alerts" });
    const nothing = h("div");
    section.replaceChildren(h("div", { class: "bar" }, h("h2", {}, "Alerts"), total), problem.element, list, nothing);

    const feed = page.feed("alerts", ["alerts"], draw, problem.show);
    for (const event of ["link", "condition", "summary"]) live.on(event, () => feed.data && draw(feed.data));
    live.on("second", () => section.hidden || tickTimes(live.now(), list));

    /** @param {AlertRow[]} alerts */
    function draw(alerts) {
        const isCurrent = feed.isFresh && live.isCurrent;
        setText(total, alerts.length ? `${alerts.length} firing${isCurrent ? "" : " when last heard of"}` : "");
        keyed(list, alerts, alert => alert.id, card);
        tickTimes(live.now(), list);
        nothing.replaceChildren(...(alerts.length ? [] : [empty(isCurrent)]));
    }

    /** @param {boolean} isCurrent */
    function empty(isCurrent) {
        const hosts = page.summary.data?.hosts;
        if (!isCurrent || !hosts) return emptyState("Unknown whether anything fires.");
        const names = (/** @type {boolean} */ isWatched) => hosts.filter(host => host.is_watched === isWatched).map(host => host.host).join(", ");
        const [watched, others] = [names(true), names(false)];
        if (!watched) return emptyState(others ? `Nobody watches ${others}.` : "No host reports.", "Alerts are raised by ", code("ops run"), "; keep it running: ", code("scripts/install-user-units --ops"));
        return emptyState("Nothing fires.", `Told by ${watched}.`, others && ` Nobody watches ${others}.`);
    }

    /** @param {AlertRow} alert */
    function card(alert) {
        return h("li", { "data-alert": alert.id, "data-severity": alert.severity }, badge(alert.severity),
            h("div", {}, h("p", { class: "alert-message" }, alert.message), alert.hint && h("p", {}, alert.hint),
                h("p", { class: "muted" }, `${alert.source} on ${alert.host} · `, ago(alert.since_ms, "for"),
                    ...(alert.count > 1 ? [` · raised ${counted(alert.count, "time")}, last `, ago(alert.last_ms)] : []))));
    }

    return { show: () => feed.show(), hide: () => feed.hide(), title: () => "Alerts" };
}
