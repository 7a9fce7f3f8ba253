extension SummaryAnswer {
    static let schema = Schema.named(
        "Summary",
        [
            "version": .string,
            "host": .string,
            "environment": .nullable(.string),
            "started_ms": .integer,
            "boot": .string,
            "database": .named(
                "Database",
                [
                    "kind": .choice(["sqlite", "postgres"]),
                    "state": .named("DatabaseState", .choice(["ok", "empty", "unavailable"])),
                    "message": .nullable(.string),
                    "hint": .nullable(.string),
                ]),
            "series": .means(
                "Series by freshness.",
                .object([
                    "total": .integer, "live": .integer, "delayed": .integer, "stale": .integer, "unknown": .integer,
                ])),
            "history": .object(["candles": .integer, "empty": .integer, "unknown": .integer, "suspect": .integer]),
            "jobs": .object(["ok": .integer, "running": .integer, "late": .integer, "failing": .integer]),
            "breakers": .object(["closed": .integer, "open": .integer, "half_open": .integer]),
            "alerts": .object(["info": .integer, "warning": .integer, "critical": .integer]),
            "hosts": .array(HostRow.schema),
            "streams": .object(["open": .integer, "limit": .integer]),
        ])
}
