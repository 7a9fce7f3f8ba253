import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";

import { until, within } from "./deadline.mjs";

/** The repository's top folder. */
export const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../../..");

const builtFolder = resolve(root, process.env.BIN_DIR ?? ".build/debug");

/** The path of one of our programs. @param {string} name */
export const built = (name) => join(builtFolder, name);

/** The first of `names` that is in PATH, or null. @param {string[]} names */
export function inPath(...names) {
    for (const name of names) {
        for (const folder of (process.env.PATH ?? "").split(delimiter)) {
            const path = join(folder, name);
            try {
                accessSync(path, constants.X_OK);
                return path;
            } catch {
                continue;
            }
        }
    }
    return null;
}

/** What still runs is ended with this process, however it ends. @type {Set<Program>} */
const running = new Set();
process.once("exit", () => running.forEach((program) => program.child.kill("SIGKILL")));
for (const [signal, code] of /** @type {const} */ ([["SIGTERM", 143], ["SIGINT", 130]])) process.once(signal, () => process.exit(code));

/** The process of a program, what it prints, and its end. */
export class Program {
    out = "";
    err = "";

    /**
     * @param {string} path
     * @param {string[]} arguments_
     * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, pipes?: number }} [options] `pipes`: how many there are past the third.
     */
    constructor(path, arguments_, { env = process.env, cwd, pipes = 0 } = {}) {
        this.name = `${path.split("/").at(-1)} ${arguments_[0] ?? ""}`.trim();
        const extra = /** @type {"pipe"[]} */ (Array(pipes).fill("pipe"));
        this.child = spawn(path, arguments_, { env, cwd, stdio: ["pipe", "pipe", "pipe", ...extra] });
        this.child.stdout?.setEncoding("utf8").on("data", (text) => (this.out += text));
        this.child.stderr?.setEncoding("utf8").on("data", (text) => (this.err += text));
        this.child.stdin?.on("error", () => {});
        this.ended = once(this.child, "close").then(([code, signal]) => ({ code, signal }));
        running.add(this);
        this.ended.then(() => running.delete(this), () => running.delete(this));
    }

    get isRunning() {
        return this.child.exitCode === null && this.child.signalCode === null;
    }

    get pid() {
        return /** @type {number} */ (this.child.pid);
    }

    /** The match of `pattern` in what was printed so far, waited for. @param {RegExp} pattern @param {number} [timeout] */
    async says(pattern, timeout = 30_000) {
        return await until(`${this.name} says ${pattern}`, () => {
            const match = pattern.exec(this.out) ?? pattern.exec(this.err);
            if (!match && !this.isRunning) throw this.failure();
            return match;
        }, { timeout }).catch((error) => {
            throw this.isRunning ? error : this.failure();
        });
    }

    failure() {
        return new Error(`${this.name} ended with ${this.child.exitCode ?? this.child.signalCode}:\n${this.err || this.out}`);
    }

    /** Ends it, kindly first, and returns how it ended. @param {NodeJS.Signals} [signal] @param {number} [timeout] */
    async stop(signal = "SIGTERM", timeout = 15_000) {
        if (this.isRunning) this.child.kill(signal);
        try {
            return await within(`${this.name} ends`, this.ended, timeout);
        } catch (error) {
            this.child.kill("SIGKILL");
            throw error;
        }
    }
}

/**
 * Runs a program to its end; throws what it said if that is not a good one.
 *
 * @param {string} path @param {string[]} arguments_
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, input?: string, good?: number[], timeout?: number }} [options]
 */
export async function run(path, arguments_, { env, cwd, input = "", good = [0], timeout = 120_000 } = {}) {
    const program = new Program(path, arguments_, { env, cwd });
    program.child.stdin?.end(input);
    const { code } = await within(program.name, program.ended, timeout).catch((error) => {
        program.child.kill("SIGKILL");
        throw error;
    });
    if (!good.includes(code)) throw program.failure();
    return program.out;
}
