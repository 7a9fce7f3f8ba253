import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { within } from "./deadline.mjs";
import { Page } from "./page.mjs";
import { Program, inPath } from "./programs.mjs";

/** The program to drive, or null. */
export const chromium = process.env.CHROMIUM || inPath("chromium-headless-shell", "chromium", "google-chrome");

/** A name in place of an address, as a browser on the LAN uses it: no secure context, so some of the web's features are missing. */
export const lanName = "dash.lan";

const flags = [
    "--remote-debugging-pipe", "--headless", "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--disable-dev-shm-usage",
    "--force-color-profile=srgb", "--lang=en-GB", "--no-proxy-server",
    `--host-resolver-rules=MAP ${lanName} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
];

/** One browser process, spoken to in the DevTools protocol over a pipe: messages are JSON, each ends with a NUL. */
export class Chromium {
    #answers = new Map();
    #number = 0;
    #rest = "";
    /** What each session is told, by its id. @type {Map<string, (method: string, parameters: any) => void>} */
    #listeners = new Map();
    /** Hosts that any page or worker of this browser asked for something. @type {Set<string>} */
    hosts = new Set();

    static async launch() {
        if (!chromium) throw new Error("no Chromium");
        const browser = new Chromium(chromium);
        await browser.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
        return browser;
    }

    /** @param {string} path */
    constructor(path) {
        this.profile = mkdtempSync(join(tmpdir(), "chromium-"));
        const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
        this.program = new Program(path, [...flags, ...sandbox, `--user-data-dir=${this.profile}`, "about:blank"], { pipes: 2 });
        this.pipe = /** @type {import("node:stream").Writable} */ (this.program.child.stdio[3]);
        this.pipe.on("error", () => {});
        const answers = /** @type {import("node:stream").Readable} */ (this.program.child.stdio[4]);
        answers.setEncoding("utf8").on("data", (text) => this.#receive(text));
        this.program.ended.then(() => this.#refuseAll());
    }

    /** @param {string} method @param {object} [params] @param {string} [sessionId] @returns {Promise<any>} */
    send(method, params = {}, sessionId) {
        const id = ++this.#number;
        this.pipe.write(JSON.stringify({ id, method, params, sessionId }) + "\0");
        const answer = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
        return within(method, answer, 60_000).finally(() => this.#answers.delete(id));
    }

    /** @param {string} session @param {(method: string, parameters: any) => void} listener */
    listen(session, listener) {
        this.#listeners.set(session, listener);
    }

    /** A new tab. */
    async page() {
        const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
        const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
        return await Page.open(this, sessionId, targetId);
    }

    async close() {
        this.send("Browser.close").catch(() => {});
        await this.program.stop("SIGTERM", 10_000).catch(() => {});
        rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
    }

    /** @param {string} text */
    #receive(text) {
        const messages = (this.#rest + text).split("\0");
        this.#rest = messages.pop() ?? "";
        for (const message of messages) this.#take(JSON.parse(message));
    }

    /** @param {any} message */
    #take({ id, result, error, method, params, sessionId }) {
        if (id) {
            const { resolve, reject } = this.#answers.get(id) ?? {};
            if (error) reject?.(new Error(`${error.message} (${error.code})`));
            else resolve?.(result);
            return;
        }
        if (method === "Target.attachedToTarget") this.#watch(params);
        if (method === "Network.requestWillBeSent") this.#note(params.request.url);
        this.#listeners.get(sessionId)?.(method, params);
    }

    /** Workers ask for things too: their requests are noted, and their errors told to nobody but `hosts`. @param {any} attached */
    #watch({ sessionId, targetInfo }) {
        if (targetInfo.type !== "page") this.send("Network.enable", {}, sessionId).catch(() => {});
    }

    /** @param {string} address */
    #note(address) {
        if (/^(data|blob|about|chrome)/.test(address)) return;
        this.hosts.add(new URL(address).hostname);
    }

    #refuseAll() {
        for (const { reject } of this.#answers.values()) reject(new Error(`the browser ended: ${this.program.err.slice(-500)}`));
    }
}
