import { connect } from "node:net";

import { within } from "./deadline.mjs";

/**
 * Sends bytes as they are, and returns the first answer as they came.
 *
 * @param {number} port @param {string} bytes
 * @returns {Promise<{ status: number, headers: Record<string, string>, names: string[], body: Buffer }>}
 */
export function sendRaw(port, bytes) {
    const received = /** @type {Buffer[]} */ ([]);
    const answer = new Promise((resolve, reject) => {
        const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
        socket.on("data", (part) => received.push(part));
        socket.on("end", () => resolve(parsed(Buffer.concat(received)))).on("error", reject);
        socket.on("close", () => resolve(parsed(Buffer.concat(received))));
    });
    return within(`an answer to ${bytes.slice(0, 80)}`, answer, 10_000);
}

/** @param {Buffer} bytes */
function parsed(bytes) {
    const split = bytes.indexOf("\r\n\r\n");
    const [first, ...lines] = bytes.subarray(0, split < 0 ? bytes.length : split).toString("latin1").split("\r\n");
    const fields = lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]);
    return {
        status: Number(first.split(" ")[1] ?? 0), headers: Object.fromEntries(fields), names: fields.map(([name]) => name),
        body: split < 0 ? Buffer.alloc(0) : bytes.subarray(split + 4),
    };
}

/**
 * One request of one connection.
 *
 * @param {number} port @param {string} target As it stands in the first line, unescaped.
 * @param {{ method?: string, hosts?: string[], headers?: Record<string, string> }} [options] `hosts`: one line each.
 */
export function ask(port, target, { method = "GET", hosts = [`127.0.0.1:${port}`], headers = {} } = {}) {
    const lines = [...hosts.map((host) => `Host: ${host}`), ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
    return sendRaw(port, `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
}
