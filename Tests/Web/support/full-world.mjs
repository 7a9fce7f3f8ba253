import { World } from "./world.mjs";

export const symbols = ["BTCUSD", "ETHUSD", "SOLUSD", "XRPUSD", "LTCUSD", "LEOUSD", "DOTUSD", "ADAUSD"];

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/**
 * A dashboard with something in every view: live and stale series, gaps, jobs, a backup, alerts.
 *
 * @param {{ days?: number, made?: (folder: string) => string }} [options] `days`: how far the history of the first symbols reaches
 * back; that of the others is shorter; `made`: writes candles of all symbols.
 */
export async function fullWorld({ days = 3, made } = {}) {
    const world = await World.start({ symbols, days: days + 1, quiet: 0.1, made });
    for (const [index, symbol] of symbols.entries()) {
        await world.backfill([`${symbol}-1m`], index < 2 ? days : Math.max(1, Math.round(days * (1 - index / 10))));
    }
    await world.backfill(["BTCUSD-1h", "BTCUSD-1D"], days);
    const now = Math.floor(Date.now() / minute) * minute;
    for (let ago = 20; ago < days * 0.6; ago += 9) {
        const symbol = symbols[1 + (ago % 6)];
        await world.forget(`${symbol}-1m`, now - ago * day, now - ago * day + (ago % 4) * day + 5 * hour);
    }
    await world.forget("ETHUSD-1m", now - 30 * hour, now - 29 * hour);
    await world.forget("BTCUSD-1m", now - 50 * minute, now - 46 * minute);
    await world.forget("LTCUSD-1m", now - 12 * hour, now);
    const live = symbols.filter((symbol) => !["LTCUSD", "LEOUSD"].includes(symbol));
    await world.stream(live);
    await world.run("ops", ["alert", "send", "--severity", "warning", "--source", "disk", "Only 9 GB are free at /srv/candles"]);
    const operations = world.program("ops", ["run"]);
    await operations.says(/task=backup/);
    await world.serve();
    return world;
}
