import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Program, built, root, run } from "./programs.mjs";

/** The library of the chart; fetched by scripts/fetch-web-assets. */
export const webAssets = join(root, process.env.WEB_ASSETS_DIR ?? "web-assets");

const minute = 60_000;

/** Time in milliseconds, open, high, low, close, volume. @typedef {[number, number, number, number, number, number]} Candle */

/** A host of its own: an exchange that is played, a database, a state folder, and our programs between them. */
export class World {
    /** @type {Program[]} */
    programs = [];
    port = 0;

    /**
     * Starts the exchange: `symbols` are made up and live, so that a new minute begins with each minute of the clock.
     *
     * @param {{ symbols?: string[], days?: number, quiet?: number, data?: string, made?: (folder: string) => string, migrated?: boolean }} [options]
     * `quiet`: the share of minutes without a trade; `data`: a folder of recordings, played so that they end now; `made`: writes
     * candles into a folder, served whole as they are; `migrated`: there is a database, if an empty one.
     */
    static async start({ symbols = ["BTCUSD"], days = 2, quiet = 0.3, data, made, migrated = true } = {}) {
        const world = new World();
        const from = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
        const candles = made ? ["--data", made(join(world.folder, "candles")), "--whole-forming"]
            : data ? ["--data", data, "--shift-to-now"]
            : ["--generate", symbols.join(","), "--from", from, "--quiet", `${quiet}`, "--seed", "7"];
        const exchange = world.program("bitfinex-replay", ["serve", "--port", "0", "--ws-update-ms", "200", ...candles]);
        const [, address] = await exchange.says(/listening on (http:\S+)/, 60_000);
        world.exchange = address;
        if (migrated) await world.run("ingest", ["migrate"]);
        return world;
    }

    exchange = "http://127.0.0.1:9";

    constructor() {
        this.folder = mkdtempSync(join(tmpdir(), "dashboard-"));
        this.database = join(this.folder, "candles.db");
    }

    /** Nothing of the caller's environment but where programs are. */
    get environment() {
        const { PATH = "/usr/bin:/bin", LD_LIBRARY_PATH = "" } = process.env;
        return {
            PATH, LD_LIBRARY_PATH, HOME: this.folder, STATE_DIR: join(this.folder, "state"), DATABASE_URL: `sqlite:${this.database}`,
            BITFINEX_REST_URL: this.exchange, BITFINEX_WS_URL: `${this.exchange.replace("http", "ws")}/ws/2`,
            BITFINEX_REQUESTS_PER_MINUTE: "0", CT_LOOKBACK_DAYS: "1", BACKUP_DIR: join(this.folder, "backups"),
            LOG_DIR: join(this.folder, "logs"), HEALTH_CHECK_PORT: "0", WEB_ASSETS_DIR: webAssets,
        };
    }

    /** @param {string} name @param {string[]} arguments_ @param {NodeJS.ProcessEnv} [more] */
    program(name, arguments_, more = {}) {
        const program = new Program(built(name), arguments_, { env: { ...this.environment, ...more }, cwd: this.folder });
        this.programs.push(program);
        return program;
    }

    /** Runs `ingest` or `ops` to its end. @param {string} name @param {string[]} arguments_ @param {number[]} [good] */
    run(name, arguments_, good = [0]) {
        return run(built(name), arguments_, { env: this.environment, cwd: this.folder, good });
    }

    /** Makes the newest days of series known. @param {string[]} series Such as BTCUSD-1m. @param {number} [days] */
    async backfill(series, days = 1) {
        for (const one of series) await this.run("ingest", ["backfill", "--series", one, "--lookback-days", `${days}`, "--json"]);
    }

    /** Makes a stretch of a series unknown. @param {string} series @param {number} from @param {number} to */
    async forget(series, from, to) {
        const [start, end] = [from, to].map((time) => new Date(time).toISOString().replace(".000", ""));
        await this.run("ingest", ["forget", "--series", series, "--start", start, "--end", end, "--yes"]);
    }

    /** Keeps series up to date until it is stopped. @param {string[]} symbols @param {NodeJS.ProcessEnv} [more] */
    async stream(symbols, more) {
        const stream = this.program("ingest", ["stream", "--symbols", symbols.join(","), "--timeframe", "1m"], more);
        await stream.says(/read and live/, 60_000);
        return stream;
    }

    /** Starts the dashboard, at the port that it had before. @param {NodeJS.ProcessEnv} [more] @param {string[]} [flags] */
    async serve(more = {}, flags = []) {
        this.port ||= await freePort();
        const server = this.program("frontend", ["serve", "--port", `${this.port}`, ...flags], more);
        const [, port] = await server.says(/http:\/\/[^\s:]+:(\d+)/, 30_000);
        this.port = Number(port);
        this.server = server;
        return server;
    }

    /** @param {string} [view] Such as "#/watch". @param {string} [name] */
    url(view = "", name = "127.0.0.1") {
        return `http://${name}:${this.port}/${view}`;
    }

    /** What the API says. @param {string} path Such as "symbols". @returns {Promise<any>} */
    async ask(path) {
        const answer = await fetch(this.url(`api/v1/${path}`));
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
        return (await answer.json()).data;
    }

    /** The rows of a query. @param {string} query @returns {Promise<any[]>} */
    async rows(query) {
        const text = await run("sqlite3", ["-cmd", ".timeout 5000", "-json", this.database, query]);
        return text ? JSON.parse(text) : [];
    }

    /**
     * Writes candles as `ingest` would: rows, what is proven, and the series' figures, in one transaction.
     *
     * @param {string} series @param {Candle[]} candles
     * @param {{ final?: boolean }} [options]
     */
    async write(series, candles, { final = true } = {}) {
        const [symbol, timeframe] = series.split("-");
        const id = `(SELECT id FROM series WHERE symbol = '${symbol}' AND timeframe = '${timeframe}')`;
        const times = candles.map(([time]) => time);
        const [from, to] = [Math.min(...times), Math.max(...times) + minute];
        const values = candles.map((candle) => `(${id}, ${candle.join(", ")}, ${final ? 1 : 0})`);
        await run("sqlite3", ["-bail", "-cmd", ".timeout 5000", this.database], { input: `
            BEGIN IMMEDIATE;
            INSERT INTO series (symbol, timeframe, step_ms, first_open, wanted_from)
                VALUES ('${symbol}', '${timeframe}', ${minute}, ${from}, ${from}) ON CONFLICT DO NOTHING;
            INSERT OR REPLACE INTO candle VALUES ${values.join(",\n")};
            ${final ? `INSERT OR REPLACE INTO coverage VALUES (${id}, ${from}, ${to}, 'read', ${Date.now()});` : ""}
            INSERT OR REPLACE INTO series_stats
                SELECT ${id}, count(*), sum(final), (SELECT sum(to_time - from_time) / ${minute} FROM coverage WHERE series_id = ${id}),
                    min(open_time), max(open_time), max(CASE final WHEN 1 THEN open_time END) FROM candle WHERE series_id = ${id};
            COMMIT;` });
    }

    async stop() {
        await Promise.all(this.programs.map((program) => program.stop().catch(() => {})));
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** A port below those that the kernel gives away by itself, so that nobody takes it while the server is away. */
async function freePort() {
    for (;;) {
        const port = 20_000 + Math.floor(Math.random() * 12_000);
        const listener = createServer();
        const isFree = await new Promise((told) => {
            listener.once("error", () => told(false));
            listener.listen(port, "127.0.0.1", () => told(true));
        });
        await new Promise((closed) => listener.close(closed));
        if (isFree) return port;
    }
}
