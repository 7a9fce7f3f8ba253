import { connect, createServer } from "node:net";

import { FrameReader } from "./websocket.mjs";

/** Stands between a stream and the exchange, passes on every byte, and writes down when which candle was sent. */
export class SentCandles {
    /**
     * Oldest first; `at` is the wall clock's time in milliseconds.
     *
     * @type {{ at: number, symbol: string, time: number, close: number, volume: number }[]}
     */
    sent = [];

    /** @param {string} exchange As http://127.0.0.1:5000. */
    static async listen(exchange) {
        const between = new SentCandles();
        const { hostname, port } = new URL(exchange);
        between.server = createServer((client) => between.#join(client, connect(Number(port), hostname)));
        await new Promise((listening) => between.server?.listen(0, "127.0.0.1", () => listening(null)));
        const address = /** @type {import("node:net").AddressInfo} */ (between.server.address());
        between.url = `ws://127.0.0.1:${address.port}/ws/2`;
        return between;
    }

    url = "";

    /** @param {import("node:net").Socket} client @param {import("node:net").Socket} exchange */
    #join(client, exchange) {
        const symbols = new Map();
        const frames = new FrameReader((text) => this.#take(JSON.parse(text), symbols));
        let head = Buffer.alloc(0);
        let isOpen = false;
        client.on("data", (bytes) => exchange.write(bytes));
        exchange.on("data", (bytes) => {
            client.write(bytes);
            if (isOpen) return frames.read(bytes);
            head = Buffer.concat([head, bytes]);
            const end = head.indexOf("\r\n\r\n");
            if (end < 0) return;
            isOpen = true;
            frames.read(head.subarray(end + 4));
        });
        for (const [one, other] of [[client, exchange], [exchange, client]]) {
            one.on("error", () => other.destroy()).on("close", () => other.destroy());
        }
    }

    /** @param {any} message @param {Map<number, string>} symbols */
    #take(message, symbols) {
        if (message.event === "subscribed") symbols.set(message.chanId, message.key.split(":")[2].slice(1));
        if (!Array.isArray(message) || !Array.isArray(message[1]) || Array.isArray(message[1][0])) return;
        const [time, , close, , , volume] = message[1];
        this.sent.push({ at: Date.now(), symbol: symbols.get(message[0]) ?? "", time, close, volume });
    }

    close() {
        this.server?.close();
    }
}
