import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until, within } from "./deadline.mjs";
import { Program, inPath } from "./programs.mjs";
import { openWebSocket } from "./websocket.mjs";

/** The program to drive, or null. */
export const firefox = process.env.FIREFOX || inPath("firefox-esr", "firefox");

const preferences = {
    "app.update.enabled": false, "browser.shell.checkDefaultBrowser": false, "browser.startup.page": 0,
    "browser.aboutwelcome.enabled": false, "datareporting.policy.dataSubmissionEnabled": false,
    "network.captive-portal-service.enabled": false, "network.connectivity-service.enabled": false,
    "toolkit.telemetry.enabled": false, "remote.prefs.recommended": true,
};

/** One Firefox with one tab, spoken to in WebDriver BiDi. */
export class Firefox {
    #number = 0;
    #answers = new Map();
    /** Errors in the console, as sentences. @type {string[]} */
    problems = [];

    static async launch() {
        if (!firefox) throw new Error("no Firefox");
        const browser = new Firefox(firefox);
        await browser.#open();
        return browser;
    }

    /** @param {string} path */
    constructor(path) {
        this.profile = mkdtempSync(join(tmpdir(), "firefox-"));
        const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
        writeFileSync(join(this.profile, "user.js"), lines.join("\n"));
        const environment = { ...process.env, HOME: this.profile, MOZ_HEADLESS_WIDTH: "1280", MOZ_HEADLESS_HEIGHT: "800" };
        const flags = ["--headless", "--no-remote", "--profile", this.profile, "--remote-debugging-port", "0"];
        this.program = new Program(path, flags, { env: environment });
        this.program.ended.then(() => this.#refuseAll());
    }

    #refuseAll() {
        for (const { reject } of this.#answers.values()) reject(new Error("Firefox ended"));
    }

    async #open() {
        const [, address] = await this.program.says(/WebDriver BiDi listening on (ws:\S+)/, 60_000);
        this.socket = await openWebSocket(`${address}/session`, (text) => this.#take(JSON.parse(text)));
        await this.send("session.new", { capabilities: {} });
        await this.send("session.subscribe", { events: ["log.entryAdded"] });
        const { contexts } = await this.send("browsingContext.getTree", {});
        this.context = contexts[0].context;
    }

    /** @param {string} method @param {object} params @returns {Promise<any>} */
    send(method, params) {
        const id = ++this.#number;
        this.socket?.send(JSON.stringify({ id, method, params }));
        return within(method, new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject })), 60_000);
    }

    /** @param {any} message */
    #take({ id, type, result, error, message, method, params }) {
        if (method === "log.entryAdded" && params.level === "error") this.problems.push(params.text);
        if (!id) return;
        const { resolve, reject } = this.#answers.get(id) ?? {};
        if (type === "error") reject?.(new Error(`${error}: ${message}`));
        else resolve?.(result);
    }

    /** @param {string} url */
    async goto(url) {
        await this.send("browsingContext.navigate", { context: this.context, url, wait: "complete" });
    }

    /** The value of an expression that is a string, a number or a boolean. @param {string} expression */
    async evaluate(expression) {
        const answer = await this.send("script.evaluate", { expression, target: { context: this.context }, awaitPromise: true });
        if (answer.type !== "success") throw new Error(answer.exceptionDetails.text);
        return answer.result.value;
    }

    /** @param {string} expression @param {number} [timeout] */
    async until(expression, timeout = 15_000) {
        return await until(expression, () => this.evaluate(expression), { timeout });
    }

    async screenshot() {
        const { data } = await this.send("browsingContext.captureScreenshot", { context: this.context });
        return Buffer.from(data, "base64");
    }

    async close() {
        if (this.socket) this.send("browser.close", {}).catch(() => {});
        await this.program.stop("SIGTERM", 15_000).catch(() => {});
        rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
    }
}
