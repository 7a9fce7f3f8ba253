import CPostgres

/// Where a database is and who asks: libpq's connection keywords.
///
/// What is not given falls back to libpq's own defaults (`PGHOST`, `PGPASSWORD`, the password file, …).
package struct PostgresSettings: Sendable, Equatable {
    /// libpq's keywords with the values that were given.
    let keywords: [String: String]

    /// Reads a `postgres://` URL or a libpq keyword string.
    ///
    /// - Throws: `PostgresFault.malformedURL`, which never says what was given; `.unknownParameter`.
    package init(conninfo: String) throws(PostgresFault) {
        let url = AddressReading(conninfo)
        let keywords = conninfo.utf8.contains(0) ? nil : Self.parse(conninfo)
        // libpq would look a service up only when it connects, so nothing here would know which database it leads to.
        guard let keywords, url?.isPlain ?? true, keywords["service"] == nil else {
            if let name = url?.unknownParameter { throw .unknownParameter(name: name) }
            throw .malformedURL
        }
        self.keywords = keywords
        if !isShowable { throw .malformedURL }
    }

    /// Whether what is shown of it can be what it is meant as; what comes from the environment of libpq, too.
    private var isShowable: Bool {
        let names = ["dbname", "user"].compactMap(effective)
        return Self.areHosts(effective("host") ?? "") && Self.areAddresses(effective("hostaddr") ?? "")
            && Self.arePorts(effective("port") ?? "") && names.allSatisfy(Self.isName)
    }

    package init(host: String, port: Int, database: String, user: String, password: String?) {
        var keywords = ["host": host, "port": String(port), "dbname": database, "user": user]
        keywords["password"] = password
        self.keywords = keywords
    }

    private init(keywords: [String: String]) { self.keywords = keywords }

    /// The same place and role, and another database.
    package func naming(database: String) -> PostgresSettings {
        PostgresSettings(keywords: keywords.merging(["dbname": database]) { $1 })
    }

    /// The same role and database, of several servers one alone.
    func reaching(_ host: String, at address: String, port: String) -> PostgresSettings {
        var place = ["host": host, "port": port]
        if effective("hostaddr") != nil { place["hostaddr"] = address }
        return PostgresSettings(keywords: keywords.merging(place) { $1 })
    }

    /// The same place, where every session acts as `role` from its beginning.
    package func acting(as role: String) -> PostgresSettings {
        adding(option: "role=\(role)")
    }

    /// The same place, where sessions log in as another role.
    ///
    /// Without a password libpq looks for one in its password file alone: an empty one keeps it from `PGPASSWORD`, which is
    /// for somebody else.
    package func loggingIn(as user: String, password: String?) -> PostgresSettings {
        PostgresSettings(keywords: keywords.merging(["user": user, "password": password ?? ""]) { $1 })
    }

    /// The same place and role, where every transaction only reads, all of it as the database was at its beginning.
    package var readingOnly: PostgresSettings {
        adding(option: "default_transaction_read_only=on")
            .adding(option: "default_transaction_isolation=repeatable read")
    }

    private func adding(option: String) -> PostgresSettings {
        // Spaces end an option there, and a backslash keeps the next character from doing so.
        let escaped = option.map { $0 == "\\" || $0.isWhitespace ? "\\\($0)" : "\($0)" }.joined()
        let options = [effective("options"), "-c \(escaped)"].compactMap(\.self).joined(separator: " ")
        return PostgresSettings(keywords: keywords.merging(["options": options]) { $1 })
    }

    package var host: String { effective("host") ?? "local socket" }
    package var port: String { effective("port") ?? "5432" }
    package var user: String { effective("user") ?? "" }
    package var database: String { effective("dbname") ?? user }

    /// Names the database, whoever connects to it: for the names of locks.
    package var identity: String { "\(effective("hostaddr") ?? host):\(port)/\(database)" }

    private func effective(_ keyword: String) -> String? {
        if let given = keywords[keyword], !given.isEmpty { return given }
        return Self.defaults[keyword]
    }

    /// libpq's defaults of this process: its environment and what was compiled in.
    private static let defaults: [String: String] = {
        let options = unsafe PQconndefaults()
        defer { unsafe PQconninfoFree(options) }
        return unsafe values(options)
    }()

    private static func parse(_ conninfo: String) -> [String: String]? {
        var message: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse(conninfo, &message)
        defer {
            unsafe PQconninfoFree(options)
            unsafe PQfreemem(message)
        }
        return unsafe options == nil ? nil : values(options)
    }

    private static func values(_ options: UnsafeMutablePointer<PQconninfoOption>?) -> [String: String] {
        var values: [String: String] = [:]
        var next = unsafe options
        while let option = unsafe next, let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe values[String(cString: keyword)] = String(cString: value)
            }
            unsafe next = option + 1
        }
        return values
    }
}

extension PostgresSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(host):\(port)/\(database) as \(user)" }
    package var debugDescription: String { description }
    /// Without the keywords, since `dump` and the test library print what a mirror shows.
    package var customMirror: Mirror { Mirror(self, children: ["place": description]) }
}

extension PostgresSettings {
    /// The environment that leads programs of Postgres to the same place as the same role, so that neither name nor
    /// secret stands in their arguments.
    ///
    /// It holds what was given, and what this process has from its own environment, a service or the system. Their own
    /// environment may hold no `PGSERVICE`, since libpq lets a service decide before the environment.
    package var environment: [String: String] {
        var environment = ["PGPORT": port, "PGDATABASE": database, "PGUSER": user]
        for option in Self.options where option.keyword != "password" || keywords["password"] != "" {
            let chosen = keywords[option.keyword].flatMap { $0.isEmpty ? nil : $0 } ?? option.inherited
            if let chosen { environment[option.variable] = chosen }
        }
        return environment.filter { !$0.value.isEmpty }
    }

    private struct Option {
        let keyword: String
        let variable: String
        /// What holds in this process where nothing is given; nil where that is what libpq was built with.
        let inherited: String?
    }

    /// The keywords that libpq reads from an environment variable too.
    ///
    /// - Source: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQCONNDEFAULTS>
    private static let options: [Option] = {
        let first = unsafe PQconndefaults()
        defer { unsafe PQconninfoFree(first) }
        var options: [Option] = []
        var next = unsafe first
        while let option = unsafe next, let keyword = unsafe option.pointee.keyword {
            if let variable = unsafe option.pointee.envvar {
                let value = unsafe option.pointee.val.map { unsafe String(cString: $0) }
                let built = unsafe option.pointee.compiled.map { unsafe String(cString: $0) }
                let name = unsafe String(cString: keyword)
                // What an inherited service says stands in the other options.
                let isInherited = value != built && name != "service"
                options.append(
                    unsafe Option(
                        keyword: name, variable: String(cString: variable), inherited: isInherited ? value : nil))
            }
            unsafe next = option + 1
        }
        return options
    }()
}
