// @ts-check
// The one stream of server-sent events of a browser, shared by all its tabs; a tab without shared workers runs `Stream` itself.

/**
 * `seq` is null for what has no number; `age` is how long ago it came, in ms.
 * @typedef {{type: string, data: any, seq: number | null, age: number}} Told
 */

const TYPES = ["hello", "bars", "symbols", "changed", "database", "hb", "resync"];
/** A stream that is silent for so long is opened anew. */
const SILENCE = 12_000;
const LONGEST_WAIT = 30_000;

export class Stream {
    /** @param {string} url @param {(told: Told) => void} tell @param {(url: string) => EventSource} [make] */
    constructor(url, tell, make = url => new EventSource(url)) {
        this.url = url;
        this.tell = tell;
        this.make = make;
        /** @type {EventSource | null} */
        this.source = null;
        this.heard = 0;
        this.failures = 0;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.later = undefined;
    }

    /** Opens it anew: what was missed meanwhile is not replayed, as `hello` then says. */
    open() {
        this.close();
        this.heard = performance.now();
        const source = (this.source = this.make(this.url));
        let isFirst = true;
        for (const type of TYPES) {
            source.addEventListener(type, event => {
                this.heard = performance.now();
                this.failures = 0;
                const data = JSON.parse(event.data);
                if (type === "hello") data.is_anew = isFirst;
                if (type === "hello") isFirst = false;
                this.tell({ type, data, seq: numberOf(event.lastEventId, type), age: 0 });
            });
        }
        source.onerror = () => {
            if (source.readyState === EventSource.CLOSED && source === this.source) this.openLater();
        };
    }

    /** The server refused (no free stream, wrong host): the browser does not try again by itself. */
    openLater() {
        clearTimeout(this.later);
        const wait = Math.min(LONGEST_WAIT, 2000 * 2 ** this.failures++) * (0.75 + Math.random() / 2);
        this.later = setTimeout(() => this.open(), wait);
    }

    /** To be called every few seconds. */
    look() {
        const waits = this.source?.readyState === EventSource.CLOSED;
        if (this.source && !waits && performance.now() - this.heard > SILENCE) this.open();
    }

    close() {
        clearTimeout(this.later);
        this.source?.close();
        this.source = null;
    }
}

/** @param {string} id "boot-seq" @param {string} type */
function numberOf(id, type) {
    const number = Number(id.slice(id.lastIndexOf("-") + 1));
    return id && type !== "hb" && type !== "resync" && Number.isFinite(number) ? number : null;
}

/**
 * Serves the tabs of a browser.
 * @param {any} scope a SharedWorkerGlobalScope
 */
function serve(scope) {
    /** @type {Set<MessagePort>} */
    const ports = new Set();
    /** @type {any} */
    let hello = null;
    let at = 0;
    const stream = new Stream("/api/v1/events", told => {
        if (told.type === "hello" || told.type === "hb") {
            hello = { ...hello, ...told.data };
            at = performance.now();
        }
        if (told.type === "database" && hello) hello.database = told.data;
        if (told.seq !== null && hello) hello.seq = told.seq;
        for (const port of ports) port.postMessage(told);
    });
    setInterval(() => stream.look(), 4000);
    scope.onconnect = (/** @type {MessageEvent} */ event) => {
        const port = event.ports[0];
        ports.add(port);
        port.onmessage = ({ data }) => {
            if (data === "retry") stream.open();
            if (data === "bye") ports.delete(port);
            if (!ports.size) stream.close();
        };
        if (!stream.source) stream.open();
        else if (hello) port.postMessage({ type: "hello", data: { ...hello, is_anew: false }, seq: null, age: performance.now() - at });
    };
}

if ("SharedWorkerGlobalScope" in globalThis) serve(globalThis);
