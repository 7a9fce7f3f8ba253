import { randomBytes } from "node:crypto";
import { request } from "node:http";

/** Cuts a stream of bytes into WebSocket frames (RFC 6455, 5.2); tells of each whole text message. */
export class FrameReader {
    #bytes = Buffer.alloc(0);
    #parts = /** @type {Buffer[]} */ ([]);

    /** @param {(text: string) => void} onText @param {(payload: Buffer) => void} [onPing] */
    constructor(onText, onPing = () => {}) {
        this.onText = onText;
        this.onPing = onPing;
    }

    /** @param {Buffer} bytes */
    read(bytes) {
        this.#bytes = Buffer.concat([this.#bytes, bytes]);
        while (this.#frame());
    }

    /** Takes one frame off the bytes; false if there is not a whole one. */
    #frame() {
        const bytes = this.#bytes;
        if (bytes.length < 2) return false;
        let length = bytes[1] & 0x7f;
        const masked = (bytes[1] & 0x80) !== 0;
        let offset = length === 127 ? 10 : length === 126 ? 4 : 2;
        if (bytes.length < offset) return false;
        if (length === 126) length = bytes.readUInt16BE(2);
        else if (length === 127) length = Number(bytes.readBigUInt64BE(2));
        if (masked) offset += 4;
        if (bytes.length < offset + length) return false;
        const payload = Buffer.from(bytes.subarray(offset, offset + length));
        if (masked) for (let index = 0; index < length; index++) payload[index] ^= bytes[offset - 4 + (index % 4)];
        this.#bytes = bytes.subarray(offset + length);
        this.#take(bytes[0], payload);
        return true;
    }

    /** @param {number} head @param {Buffer} payload */
    #take(head, payload) {
        const code = head & 0x0f;
        if (code === 9) this.onPing(payload);
        if (code > 1) return;
        this.#parts.push(payload);
        if ((head & 0x80) === 0) return;
        const text = Buffer.concat(this.#parts).toString("utf8");
        this.#parts = [];
        this.onText(text);
    }
}

/** One masked frame, as a client must send it. @param {number} code @param {Buffer} payload */
export function clientFrame(code, payload) {
    const { length } = payload;
    const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
    head[0] = 0x80 | code;
    head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(length, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
    const mask = randomBytes(4);
    const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]));
    return Buffer.concat([head, mask, masked]);
}

/**
 * Opens a WebSocket; Node 20 and older have none of their own.
 *
 * @param {string} url @param {(text: string) => void} onText
 * @returns {Promise<{ send(text: string): void, close(): void }>}
 */
export function openWebSocket(url, onText) {
    const asked = request(url.replace(/^ws/, "http"), {
        headers: {
            Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
        },
    });
    return new Promise((resolve, reject) => {
        asked.on("error", reject).on("response", (answer) => reject(new Error(`no WebSocket at ${url}: ${answer.statusCode}`)));
        asked.on("upgrade", (_, socket, head) => {
            const frames = new FrameReader(onText, (payload) => socket.write(clientFrame(10, payload)));
            socket.on("data", (bytes) => frames.read(bytes)).on("error", () => {});
            frames.read(head);
            resolve({ send: (text) => socket.write(clientFrame(1, Buffer.from(text))), close: () => socket.destroy() });
        });
        asked.end();
    });
}
