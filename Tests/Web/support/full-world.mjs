import { World } from "./world.mjs";

export const symbols = ["BTCUSD", "ETHUSD", "SOLUSD", "XRPUSD", "LTCUSD", "LEOUSD", "DOTUSD", "ADAUSD"];

/** A dashboard with something in every view: live and stale series, gaps, jobs, a backup, alerts. */
export async function fullWorld() {
    const world = await World.start({ symbols, days: 4, quiet: 0.1 });
    await world.backfill(["BTCUSD-1m", "ETHUSD-1m"], 3);
    await world.backfill(symbols.slice(2).map((symbol) => `${symbol}-1m`));
    await world.backfill(["BTCUSD-1h", "BTCUSD-1D"], 3);
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    await world.forget("ETHUSD-1m", now - 30 * 3_600_000, now - 29 * 3_600_000);
    await world.forget("BTCUSD-1m", now - 50 * 60_000, now - 46 * 60_000);
    await world.forget("LTCUSD-1m", now - 12 * 3_600_000, now);
    const live = symbols.filter((symbol) => !["LTCUSD", "LEOUSD"].includes(symbol));
    await world.stream(live);
    await world.run("ops", ["alert", "send", "--severity", "warning", "--source", "disk", "Only 9 GB are free at /srv/candles"]);
    const operations = world.program("ops", ["run"]);
    await operations.says(/task=backup/);
    await world.serve();
    return world;
}
