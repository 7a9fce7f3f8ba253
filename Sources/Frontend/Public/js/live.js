// @ts-check
// What the server tells while the page is open, whether it still tells, and how a snapshot and what follows it become one.

/** @typedef {import("../types.js").Database} Database */
/** @typedef {import("../types.js").Problem} Problem */
/** @typedef {import("./live-worker.js").Told} Told */
/** @typedef {"connecting" | "live" | "lost"} Link */
/** @template T @typedef {import("../types.js").Answer<T>} Answer */

/** Silent for longer than two heartbeats: nothing that is shown is known to be true any more. */
export class LinkRule {
    /** @param {number} now in ms, of a clock that only goes forward */
    constructor(now, limit = 10_000) {
        this.heardAt = now;
        this.limit = limit;
        this.wasHeard = false;
    }

    /** @param {number} at */
    heard(at) {
        this.heardAt = Math.max(this.heardAt, at);
        this.wasHeard = true;
    }

    /** @param {number} now @returns {Link} */
    state(now) {
        if (now - this.heardAt > this.limit) return "lost";
        return this.wasHeard ? "live" : "connecting";
    }
}

/** The newest events, so that those after a snapshot can be applied to it. */
export class Recent {
    constructor(most = 2000) {
        this.most = most;
        /** @type {Told[]} */
        this.events = [];
    }

    /** @param {Told} told */
    add(told) {
        if (told.seq === null) return;
        this.events.push(told);
        if (this.events.length > this.most) this.events.splice(0, this.most / 2);
    }

    /**
     * Oldest first.
     * @param {number} seq @param {string} type
     */
    after(seq, type) {
        return this.events.filter(told => told.type === type && told.seq !== null && told.seq > seq).map(told => told.data);
    }

    clear() {
        this.events = [];
    }
}

/** An answer that is not the one asked for. */
export class AskFailed extends Error {
    /** @param {string} message @param {string | null} hint @param {number} status */
    constructor(message, hint = null, status = 0) {
        super(message);
        this.hint = hint;
        this.status = status;
    }
}

export class Live {
    constructor() {
        /** @type {Link} */
        this.link = "connecting";
        /** @type {Database | null} */
        this.database = null;
        this.rule = new LinkRule(performance.now());
        this.recent = new Recent();
        this.boot = "";
        /** Whether views asked before the stream said hello, so that events between the two are missing. */
        this.isLate = false;
        /** Server time less this page's own clock. */
        this.offset = Date.now() - performance.now();
        /**
         * Server time less this device's; null before the first word.
         * @type {number | null}
         */
        this.skew = null;
        /**
         * Server time of the last word.
         * @type {number | null}
         */
        this.heardAt = null;
        this.wallAt = Date.now();
        /** @type {Map<string, Set<(data: any) => void>>} */
        this.listeners = new Map();
        /** @type {() => void} */
        this.retry = () => {};
        /**
         * The stream has said hello, or is slow to.
         * @type {Promise<void>}
         */
        this.ready = new Promise(resolve => {
            this.on("hello", () => resolve());
            setTimeout(() => ((this.isLate = !this.boot), resolve()), 1500);
        });
    }

    /** Server time, in ms. */
    now() {
        return performance.now() + this.offset;
    }

    /** Whether states that were told are true now. */
    get isCurrent() {
        return this.link === "live" && this.database?.state !== "unavailable";
    }

    /**
     * Events of the stream by their names; `link` when it comes or goes, `second` each second, `snapshot` when all is to be asked again.
     * @param {string} type @param {(data: any) => void} listener
     */
    on(type, listener) {
        const all = this.listeners.get(type) ?? new Set();
        this.listeners.set(type, all.add(listener));
    }

    /** @param {string} type @param {any} [data] */
    emit(type, data) {
        for (const listener of this.listeners.get(type) ?? []) listener(data);
    }

    start() {
        this.retry = connect(told => this.take(told));
        const tick = () => {
            this.look();
            this.emit("second");
            setTimeout(tick, 1000 - (this.now() % 1000));
        };
        tick();
    }

    /** @param {Told} told */
    take(told) {
        const at = performance.now() - told.age;
        const wasLost = this.link === "lost";
        this.rule.heard(at);
        if (told.data.server_time_ms) this.setClock(told.data.server_time_ms, at);
        this.heardAt = at + this.offset;
        this.wallAt = Date.now() - told.age;
        this.recent.add(told);
        if (told.type === "hello") this.greet(told.data, wasLost);
        if (told.type === "database") this.setDatabase(told.data);
        if (told.type === "resync") this.askAgain();
        this.look();
        this.emit(told.type, told.data);
    }

    /** @param {number} server @param {number} at */
    setClock(server, at) {
        this.offset = server - at;
        this.skew = server - (Date.now() - (performance.now() - at));
    }

    /** @param {import("../types.js").HelloEvent & {is_anew: boolean}} hello @param {boolean} wasLost */
    greet(hello, wasLost) {
        const isFirst = !this.boot;
        const isOther = hello.boot !== this.boot;
        this.boot = hello.boot;
        this.rule.limit = 2 * hello.heartbeat_ms;
        if (isOther) this.recent.clear();
        this.setDatabase(hello.database, isFirst);
        if (isFirst ? this.isLate : isOther || hello.is_anew || wasLost) this.askAgain();
    }

    /** @param {Database} database */
    setDatabase(database, isFirst = false) {
        const before = this.database?.state;
        this.database = database;
        if (before === database.state) return;
        this.emit("condition", database);
        if (!isFirst && database.state !== "unavailable") this.askAgain();
    }

    /** After this, what was told before is no longer trusted. */
    askAgain() {
        this.emit("snapshot");
    }

    look() {
        const slept = Date.now() - this.wallAt - (performance.now() - this.rule.heardAt);
        const link = this.rule.state(performance.now() + Math.max(0, slept));
        if (link === this.link) return;
        this.link = link;
        this.emit("link", link);
    }

    /** How long the stream has been silent, in ms. */
    get silence() {
        return performance.now() - this.rule.heardAt;
    }

    /** @template T @param {string} path below /api/v1 @param {AbortSignal} [signal] @returns {Promise<Answer<T>>} */
    async ask(path, signal) {
        const response = await fetch(`/api/v1/${path}`, { signal, headers: { accept: "application/json" } }).catch(error => {
            throw error.name === "AbortError" ? error : new AskFailed("The server does not answer.", "Is frontend serve running, and this device on its network?");
        });
        if (response.ok) return response.json();
        /** @type {Problem | null} */
        const problem = await response.json().catch(() => null);
        throw new AskFailed(problem?.detail || problem?.title || `The server answered ${response.status}.`, problem?.hint ?? null, response.status);
    }
}

/**
 * A part of the page that shows one answer, and asks for it again when it may have changed.
 * @template T
 */
export class Feed {
    /**
     * @param {Live} live @param {string} path @param {string[]} topics
     * @param {(data: T, answer: Answer<T>) => void} apply @param {(error: AskFailed | null) => void} fail told null when all is well again
     */
    constructor(live, path, topics, apply, fail) {
        this.live = live;
        this.path = path;
        this.apply = apply;
        this.fail = fail;
        this.isShown = false;
        this.isDue = true;
        /** Whether what is shown was told since the stream or the database was last away. */
        this.isFresh = false;
        /**
         * The newest answer.
         * @type {Answer<T> | null}
         */
        this.answer = null;
        /** @type {AskFailed | null} */
        this.error = null;
        this.askedAt = -Infinity;
        /** @type {AbortController | null} */
        this.asking = null;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.later = undefined;
        live.on("snapshot", () => this.ask());
        live.on("link", link => (this.isFresh &&= link !== "lost"));
        live.on("condition", database => (this.isFresh &&= database.state !== "unavailable"));
        live.on("changed", changed => topics.some(topic => changed.topics.includes(topic)) && this.askSoon());
        live.on("second", () => this.isShown && !document.hidden && performance.now() - this.askedAt > 60_000 && this.askSoon());
    }

    get data() {
        return this.answer?.data ?? null;
    }

    /**
     * The state to show for one that was told.
     * @param {string} state
     */
    shown(state) {
        return this.isFresh && this.live.isCurrent ? state : "unknown";
    }

    show() {
        this.isShown = true;
        if (this.isDue) this.ask();
    }

    hide() {
        this.isShown = false;
    }

    /** @param {string} path */
    setPath(path) {
        if (path === this.path) return;
        this.path = path;
        this.ask();
    }

    /** At most once in two seconds. */
    askSoon() {
        this.isDue = true;
        if (this.later !== undefined || !this.isShown) return;
        this.later = setTimeout(() => this.ask(), Math.max(200, this.askedAt + 2000 - performance.now()));
    }

    async ask() {
        clearTimeout(this.later);
        this.later = undefined;
        this.isDue = true;
        if (!this.isShown || !this.path) return;
        this.asking?.abort();
        const asking = (this.asking = new AbortController());
        this.isDue = false;
        await this.live.ready;
        this.askedAt = performance.now();
        try {
            /** @type {Answer<T>} */
            const answer = await this.live.ask(this.path, asking.signal);
            if (asking !== this.asking) return;
            this.fail((this.error = null));
            this.isFresh = true;
            this.answer = answer;
            this.apply(answer.data, answer);
        } catch (error) {
            if (asking !== this.asking) return;
            if (!(error instanceof AskFailed)) throw error;
            this.isDue = true;
            this.fail((this.error = error));
            if (!this.isFresh) return;
            // What could not be asked again is not known any more: whoever shows it looks at it again.
            this.isFresh = false;
            this.live.emit("link", this.live.link);
        }
    }
}

/**
 * Opens the stream, shared where it can be; gives what opens it anew.
 * @param {(told: Told) => void} take @returns {() => void}
 */
function connect(take) {
    let retry = () => {};
    const connectAlone = async () => (retry = (await import("./live-alone.js")).connectAlone(take));
    try {
        const worker = new SharedWorker(new URL("live-worker.js", import.meta.url), { type: "module", name: "live" });
        retry = () => worker.port.postMessage("retry");
        worker.port.onmessage = event => take(event.data);
        worker.onerror = connectAlone;
        addEventListener("pagehide", () => worker.port.postMessage("bye"));
        addEventListener("pageshow", event => event.persisted && location.reload());
    } catch {
        connectAlone();
    }
    return () => retry();
}
