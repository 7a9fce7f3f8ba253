// The shapes of /api/v1: what the server writes and the page reads. Times are integer milliseconds since 1970-01-01T00:00Z;
// stretches of time are half-open. Prices and volumes are numbers as the exchange printed them. Null is "not known".

/** Every good answer. `seq` is that of the newest event when the data were read. */
export interface Answer<T> {
    as_of_ms: number;
    seq: number;
    data: T;
}

/** application/problem+json (RFC 9457). */
export interface Problem {
    type: string;
    title: string;
    status: number;
    detail: string;
    /** What to do about it. */
    hint: string | null;
    request_id: string;
}

export type Freshness = "live" | "delayed" | "stale" | "unknown";
export type DatabaseState = "ok" | "empty" | "unavailable";
export type Severity = "info" | "warning" | "critical";

export interface Database {
    kind: "sqlite" | "postgres";
    state: DatabaseState;
    message: string | null;
    hint: string | null;
}

/** /summary */
export interface Summary {
    version: string;
    host: string;
    environment: string | null;
    started_ms: number;
    boot: string;
    database: Database;
    /** Series by freshness. */
    series: { total: number; live: number; delayed: number; stale: number; unknown: number };
    history: { candles: number; empty: number; unknown: number; suspect: number };
    jobs: { ok: number; running: number; late: number; failing: number };
    breakers: { closed: number; open: number; half_open: number };
    alerts: { info: number; warning: number; critical: number };
    hosts: Host[];
    streams: { open: number; limit: number };
}

/** What a machine that runs `ops run` last said of itself. */
export interface Host {
    host: string;
    at_ms: number;
    /** Older than three minutes. */
    is_stale: boolean;
    /** Whether ops run works there: without it nothing raises alerts. */
    is_watched: boolean;
    uptime_seconds: number | null;
    disks: { free_gb: number; total_gb: number }[];
    requests_last_minute: number | null;
    bans: { host: string; until_ms: number }[];
    problems: string[];
}

/** How the bars of a timeframe are come by: asked of the exchange, folded from a finer kept one, or from days (1W, 14D, 1M). */
export type BarKind = "kept" | "folded" | "derived";

/** /symbols: one row of the market watch. */
export interface SymbolRow {
    symbol: string;
    /** BTC/USD */
    name: string;
    last: number | null;
    /** A ratio: -0.0031 is -0.31 %. */
    change_24h: number | null;
    /** In the base currency. */
    volume_24h: number | null;
    high_24h: number | null;
    low_24h: number | null;
    /** The open time of the newest candle: when somebody last traded. */
    last_candle_ms: number | null;
    /** Up to here it is known what was traded, and that nothing was. */
    known_through_ms: number | null;
    /** Of the finest kept series. */
    state: Freshness;
    interval_ms: number;
    timeframes: { timeframe: string; kind: BarKind }[];
    /** The closes of the last 24 hours, the oldest first. */
    spark: (number | null)[];
}

/** /candles?symbol=&timeframe=&before=|from=&limit= (1500, at most 10000). Columns of equal length; the oldest first. */
export interface Candles {
    symbol: string;
    timeframe: string;
    kind: BarKind;
    /** The stretch that this page tells of: an interval in it without a bar is confirmed empty unless `unknown` holds it. */
    from_ms: number;
    to_ms: number;
    /** Null for 1M, whose length varies. */
    step_ms: number | null;
    t: number[];
    o: number[];
    h: number[];
    l: number[];
    c: number[];
    v: number[];
    /** Bars that open before this are final, but for those that `unknown` touches. */
    final_through_ms: number;
    /** Of which nothing is proven: [from, to]. Bars that open at final_through_ms or later are not in it. */
    unknown: [number, number][];
    /** For the page before (or, after `from`, behind) this one; null at the end. */
    next_before: number | null;
    next_from: number | null;
}

/**
 * One letter a cell. P: nothing unknown, and traded. E: nothing unknown, and nobody traded. U: nothing is known.
 * M: partly known. "-": outside of what is wanted.
 */
export type CoverageCode = "P" | "E" | "U" | "M" | "-";

/** /coverage?timeframe=&grain=day|week|month&from=&to=&symbol= */
export interface Coverage {
    timeframe: string;
    grain: "day" | "week" | "month";
    from_ms: number;
    to_ms: number;
    /** Where each cell begins, and where the last one ends. */
    edges_ms: number[];
    rows: CoverageRow[];
}

export interface CoverageRow {
    symbol: string;
    /** CoverageCode, a letter a cell. */
    codes: string;
    /** Of the whole series, in intervals. */
    present: number;
    empty: number;
    unknown: number;
    first_ms: number | null;
    last_ms: number | null;
    last_gap: { from_ms: number; to_ms: number } | null;
    /** Only where `symbol` is asked for. */
    cells: { present: number; empty: number; unknown: number }[] | null;
}

/** /gaps?symbol=&timeframe=&limit= (200): what is unknown, the newest first. */
export interface Gaps {
    total: number;
    intervals: number;
    gaps: GapRow[];
}

export interface GapRow {
    symbol: string;
    timeframe: string;
    from_ms: number;
    to_ms: number;
    intervals: number;
    /** hole: between what is known; behind: up to now; before: older than all that is known. */
    place: "hole" | "behind" | "before";
    /** One sentence: why it is there, and what fills it. */
    explanation: string;
}

export type JobState = "ok" | "running" | "late" | "failing" | "never";

/** /jobs: the newest run of each job of each series, and the tasks of `ops run`. */
export interface JobRow {
    /** Unique: "nas1 realtime BTCUSD-1m". */
    id: string;
    host: string;
    /** realtime, backfill, gap-repair, stream, audit, backup, … or task. */
    job: string;
    /** A series, the name of a task, or what is backed up. */
    target: string | null;
    state: JobState;
    outcome: string | null;
    message: string | null;
    last_start_ms: number | null;
    last_end_ms: number | null;
    last_ok_ms: number | null;
    /** Of the newest ended run, and of at most 20 of them, the oldest first. */
    duration_ms: number | null;
    durations_ms: number[];
    /** Between two starts; null for what has no timetable. */
    interval_ms: number | null;
    next_due_ms: number | null;
    progress: { done: number; total: number; eta_seconds: number | null } | null;
}

/** /breakers */
export interface BreakerRow {
    name: string;
    host: string;
    state: "closed" | "open" | "half_open" | "unknown";
    since_ms: number | null;
    /** Calls that failed or took too long, ever. */
    failures: number;
    /** Calls that were not let through, ever. */
    refused: number;
    last_error: string | null;
    retry_at_ms: number | null;
}

/** /alerts: what fires, the gravest first. */
export interface AlertRow {
    id: string;
    host: string;
    severity: Severity;
    source: string;
    message: string;
    hint: string | null;
    since_ms: number;
    last_ms: number;
    count: number;
}

/** /backups: the newest first. */
export interface BackupRow {
    host: string;
    type: string;
    /** Its name alone, without a folder. */
    file: string | null;
    at_ms: number | null;
    bytes: number | null;
    /** Null: not looked at yet. */
    verified: boolean | null;
    rows: number | null;
}

/** /cloud: null where it is not set up. */
export interface Cloud {
    drive: { state: string; last_sync_ms: number | null; queue: number } | null;
    colab: { state: string; last_seen_ms: number | null } | null;
}

// /events: server-sent events. Those with an id (`boot-seq`) are replayed after a reconnect, or `resync` says that they cannot be.

/** hello: the first of each connection. Its id is where the stream goes on: what is replayed comes behind it. */
export interface HelloEvent {
    server_time_ms: number;
    boot: string;
    seq: number;
    heartbeat_ms: number;
    database: Database;
}

/** bars: symbol, timeframe, open time, open, high, low, close, volume, final. At most four times a second. */
export interface BarsEvent {
    bars: [string, string, number, number, number, number, number, number, boolean][];
}

/** symbols: rows that changed, without what a chart of 24 hours needs. */
export interface SymbolsEvent {
    symbols: Pick<
        SymbolRow,
        "symbol" | "last" | "change_24h" | "volume_24h" | "high_24h" | "low_24h" | "last_candle_ms" | "known_through_ms" | "state"
    >[];
}

export type Topic = "summary" | "symbols" | "candles" | "coverage" | "gaps" | "jobs" | "breakers" | "alerts" | "backups" | "cloud";

/** changed: what is worth asking for again; for candles and coverage, of which series (BTCUSD-1m). */
export interface ChangedEvent {
    topics: Topic[];
    series: string[];
}

/** database: it went away, or came back. */
export type DatabaseEvent = Database;

/** hb: every 5 s, without an id. */
export interface HeartbeatEvent {
    server_time_ms: number;
    seq: number;
}

/** resync: ask for all snapshots again. */
export interface ResyncEvent {
    reason: "restart" | "gap" | "slow";
}
