extension HostRow {
    static let schema = Schema.named(
        "Host",
        [
            "host": .string,
            "at_ms": .integer,
            "is_stale": .means("Older than three minutes.", .boolean),
            "is_watched": .means("Whether ops run works there: without it nothing raises alerts.", .boolean),
            "uptime_seconds": .nullable(.integer),
            "disks": .array(.object(["free_gb": .number, "total_gb": .number])),
            "requests_last_minute": .nullable(.integer),
            "bans": .array(.object(["host": .string, "until_ms": .integer])),
            "problems": .array(.string),
        ])
}

extension JobRow {
    static let schema = Schema.named(
        "JobRow",
        [
            "id": .means("Unique: nas1 realtime BTCUSD-1m.", .string),
            "host": .string,
            "job": .means("realtime, backfill, gap-repair, stream, audit, backup, … or task.", .string),
            "target": .means("A series, the name of a task, or what is backed up.", .nullable(.string)),
            "state": .named("JobState", .choice(["ok", "running", "late", "failing", "never"])),
            "outcome": .nullable(.string),
            "message": .nullable(.string),
            "last_start_ms": .nullable(.integer),
            "last_end_ms": .nullable(.integer),
            "last_ok_ms": .nullable(.integer),
            "duration_ms": .means("Of the newest ended run.", .nullable(.integer)),
            "durations_ms": .means("Of at most 20 ended runs, the oldest first.", .array(.integer)),
            "interval_ms": .means("Between two starts; null for what has no timetable.", .nullable(.integer)),
            "next_due_ms": .nullable(.integer),
            "progress": .nullable(
                .object(["done": .integer, "total": .integer, "eta_seconds": .nullable(.integer)])),
        ])
}

extension BreakerRow {
    static let schema = Schema.named(
        "BreakerRow",
        [
            "name": .string,
            "host": .string,
            "state": .means(
                "Unknown where its host has been silent for an hour.",
                .choice(["closed", "open", "half_open", "unknown"])),
            "since_ms": .nullable(.integer),
            "failures": .integer,
            "refused": .means("Calls that were not let through, ever.", .integer),
            "last_error": .nullable(.string),
            "retry_at_ms": .nullable(.integer),
        ])
}

extension AlertRow {
    static let schema = Schema.named(
        "AlertRow",
        [
            "id": .string,
            "host": .string,
            "severity": .named("Severity", .choice(["info", "warning", "critical"])),
            "source": .string,
            "message": .string,
            "hint": .nullable(.string),
            "since_ms": .integer,
            "last_ms": .integer,
            "count": .integer,
        ])
}

extension BackupRow {
    static let schema = Schema.named(
        "BackupRow",
        [
            "host": .string,
            "type": .string,
            "file": .means("Its name alone, without a folder.", .nullable(.string)),
            "at_ms": .nullable(.integer),
            "bytes": .nullable(.integer),
            "verified": .means("Null: not looked at yet.", .nullable(.boolean)),
            "rows": .nullable(.integer),
        ])
}
