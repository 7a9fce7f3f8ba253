import Candles

/// Names of databases: quoted for SQL, and made from one another.
enum PostgresName {
    /// Postgres cuts longer ones without a word.
    static let limit = 63

    static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }

    /// `name` with a suffix in at most 63 bytes; a long one is cut, and a digest tells it from others.
    static func extended(_ name: String, by suffix: String) -> String {
        if name.utf8.count + suffix.utf8.count <= limit { return name + suffix }
        let digest = digest(of: name)
        var start = name
        while start.utf8.count + digest.utf8.count + 1 + suffix.utf8.count > limit { start.removeLast() }
        return "\(start)_\(digest)\(suffix)"
    }

    /// Eight hexadecimal digits.
    static func digest(of name: String) -> String {
        var digest = RunningDigest()
        digest.update(Array(name.utf8).span)
        return String(digest.finish().prefix(8))
    }
}

/// What a database is called once a restore has replaced it: `NAME_pre_20261121_020000`, the time in UTC.
struct ReplacedName: Sendable, Equatable {
    let database: String
    let time: UnixMilliseconds

    init(of live: String, at time: UnixMilliseconds) {
        self.time = time - time % 1000
        let digits = time.iso8601.filter(\.isNumber)
        database = Self.prefix(of: live) + "\(digits.prefix(8))_\(digits.dropFirst(8).prefix(6))"
    }

    /// Nil for any name that this program would not have given to what `live` was.
    init?(_ database: String, of live: String) {
        let prefix = Self.prefix(of: live)
        let digits = database.dropFirst(prefix.count)
        guard database.hasPrefix(prefix), let time = BackupName(file: "postgres_backup_\(digits).sql.gz")?.time else {
            return nil
        }
        self.init(of: live, at: time)
        guard self.database == database else { return nil }
    }

    static func prefix(of live: String) -> String {
        let digits = "00000000_000000"
        return String(PostgresName.extended(live, by: "_pre_" + digits).dropLast(digits.count))
    }
}
