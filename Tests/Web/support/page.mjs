import { until } from "./deadline.mjs";
import { keyEvents } from "./keys.mjs";

/** Viewport of a Pixel 7, in CSS pixels. */
export const pixel7 = { width: 412, height: 839, deviceScaleFactor: 2.625, mobile: true };
export const desktop = { width: 1280, height: 800, deviceScaleFactor: 1, mobile: false };

/** One tab. */
export class Page {
    /** All that was told, also what is forgiven. @type {string[]} */
    #told = [];
    /** @type {RegExp[]} */
    #forgiven = [];
    /** Every request: its address, status, and bytes on the wire. @type {Map<string, {url: string, status?: number, bytes: number}>} */
    requests = new Map();

    /** @type {Record<string, (parameters: any) => void>} */
    #listeners = {};

    /** @param {import("./chromium.mjs").Chromium} browser @param {string} session @param {string} target */
    constructor(browser, session, target) {
        this.browser = browser;
        this.session = session;
        this.target = target;
        browser.listen(session, (method, parameters) => this.#take(method, parameters));
    }

    /** @param {import("./chromium.mjs").Chromium} browser @param {string} session @param {string} target */
    static async open(browser, session, target) {
        const page = new Page(browser, session, target);
        for (const domain of ["Page", "Runtime", "Network", "Log", "Audits"]) await page.send(`${domain}.enable`);
        await page.resize(desktop);
        return page;
    }

    /** @param {string} method @param {object} [parameters] */
    send(method, parameters) {
        return this.browser.send(method, parameters, this.session);
    }

    /** @param {string} method @param {(parameters: any) => void} listener */
    onEvent(method, listener) {
        this.#listeners[method] = listener;
    }

    /** Goes to `url` and returns once the document is loaded. @param {string} url */
    async goto(url) {
        const { errorText } = await this.send("Page.navigate", { url });
        if (errorText) throw new Error(`${url}: ${errorText}`);
        await this.until("document.readyState === 'complete'");
    }

    /** Loads the document anew. */
    async reload() {
        await this.evaluate("void (window.beforeReload = true)");
        await this.send("Page.reload", { ignoreCache: true });
        await this.until("!window.beforeReload && document.readyState === 'complete'");
    }

    /** The value of an expression or of its promise. @param {string} expression @returns {Promise<any>} */
    async evaluate(expression) {
        const { result, exceptionDetails: thrown } = await this.send("Runtime.evaluate", {
            expression, awaitPromise: true, returnByValue: true, userGesture: true,
        });
        if (thrown) throw new Error(`${thrown.exception?.description ?? thrown.text} in ${expression.slice(0, 200)}`);
        return result.value;
    }

    /**
     * The value of a function that runs in the page, given `values` as JSON.
     *
     * @param {(...values: any[]) => any} body @param {any[]} values @returns {Promise<any>}
     */
    call(body, ...values) {
        return this.evaluate(`(${body})(${values.map((value) => JSON.stringify(value)).join(", ")})`);
    }

    /** Waits in the page until an expression is true, and returns its value. @param {string} expression @param {number} [timeout] */
    async until(expression, timeout = 15_000) {
        const wait = `new Promise((found, over) => {
            const end = performance.now() + ${Math.min(timeout, 20_000)};
            const look = () => {
                let value;
                try { value = ${expression}; } catch {}
                if (value) return found(value);
                if (performance.now() > end) return found(null);
                setTimeout(look, 15);
            };
            look();
        })`;
        try {
            return await until(expression, () => this.evaluate(wait), { timeout });
        } catch (error) {
            const seen = await this.evaluate("document.body.innerText.slice(0, 600)").catch(() => "nothing");
            throw new Error(`${/** @type {Error} */ (error).message}\nconsole: ${this.problems.join("; ")}\nthe page shows: ${seen}`);
        }
    }

    /** @param {typeof desktop} size */
    async resize(size) {
        await this.send("Emulation.setDeviceMetricsOverride", size);
        await this.send("Emulation.setTouchEmulationEnabled", { enabled: size.mobile });
    }

    /** @param {{ scheme?: "dark" | "light", forcedColors?: boolean, reducedMotion?: boolean }} wishes */
    async prefer({ scheme = "light", forcedColors = false, reducedMotion = false }) {
        const features = [
            { name: "prefers-color-scheme", value: scheme },
            { name: "forced-colors", value: forcedColors ? "active" : "none" },
            { name: "prefers-reduced-motion", value: reducedMotion ? "reduce" : "no-preference" },
        ];
        await this.send("Emulation.setEmulatedMedia", { features });
    }

    /** Presses and releases a key, as "Tab", "Shift+Tab" or "ArrowLeft". @param {string} name */
    async press(name) {
        for (const event of keyEvents(name)) await this.send("Input.dispatchKeyEvent", event);
    }

    /** @param {string} text */
    async type(text) {
        for (const character of text) await this.press(character);
    }

    /** The middle of an element, scrolled into view. @param {string} selector */
    async middle(selector) {
        return await this.until(`(() => {
            const element = document.querySelector(${JSON.stringify(selector)});
            element.scrollIntoView({ block: "nearest" });
            const { x, y, width, height } = element.getBoundingClientRect();
            return width && { x: x + width / 2, y: y + height / 2 };
        })()`);
    }

    /** @param {string} selector */
    async click(selector) {
        const place = await this.middle(selector);
        for (const type of ["mousePressed", "mouseReleased"]) {
            await this.send("Input.dispatchMouseEvent", { type, ...place, button: "left", clickCount: 1 });
        }
    }

    /** Turns the wheel over an element. @param {string} selector @param {{ deltaX?: number, deltaY?: number }} delta */
    async wheel(selector, { deltaX = 0, deltaY = 0 }) {
        const place = await this.middle(selector);
        await this.send("Input.dispatchMouseEvent", { type: "mouseWheel", ...place, deltaX, deltaY });
    }

    /**
     * A PNG of what is in view, or of a part of it.
     *
     * @param {{ x: number, y: number, width: number, height: number, scale: number }} [clip]
     */
    async screenshot(clip) {
        const { data } = await this.send("Page.captureScreenshot", { format: "png", clip });
        return Buffer.from(data, "base64");
    }

    /** Errors in the console, exceptions and violations of the content security policy, as sentences. */
    get problems() {
        return this.#told.filter((problem) => !this.#forgiven.some((pattern) => pattern.test(problem)));
    }

    /** @param {string} problem */
    tell(problem) {
        this.#told.push(problem);
    }

    /** What a test brought about on purpose is no problem, also where the browser tells of it later. @param {RegExp} pattern */
    forgive(pattern) {
        this.#forgiven.push(pattern);
    }

    async close() {
        await this.browser.send("Target.closeTarget", { targetId: this.target });
    }

    /** @param {string} method @param {any} parameters */
    #take(method, parameters) {
        events[method]?.(this, parameters);
        this.#listeners[method]?.(parameters);
    }
}

/** What a page is told of itself. @type {Record<string, (page: Page, parameters: any) => void>} */
const events = {
    "Runtime.exceptionThrown": (page, { exceptionDetails: thrown }) =>
        page.tell(`exception: ${thrown.exception?.description ?? thrown.text}`),
    "Runtime.consoleAPICalled": (page, { type, args }) => {
        if (type === "error" || type === "warning" || type === "assert") {
            page.tell(`console.${type}: ${args.map((/** @type {any} */ one) => one.value ?? one.description).join(" ")}`);
        }
    },
    "Log.entryAdded": (page, { entry }) => {
        if (entry.level === "error" || entry.level === "warning") page.tell(`${entry.source}: ${entry.text} ${entry.url ?? ""}`);
    },
    "Audits.issueAdded": (page, { issue }) => {
        if (issue.code === "ContentSecurityPolicyIssue") page.tell(`CSP: ${JSON.stringify(issue.details)}`);
    },
    "Network.requestWillBeSent": (page, { requestId, request }) => {
        if (!request.url.startsWith("data:")) page.requests.set(requestId, { url: request.url, bytes: 0 });
    },
    "Network.responseReceived": (page, { requestId, response }) => {
        const request = page.requests.get(requestId);
        if (request) request.status = response.status;
    },
    "Network.loadingFinished": (page, { requestId, encodedDataLength }) => {
        const request = page.requests.get(requestId);
        if (request) request.bytes = encodedDataLength;
    },
};
