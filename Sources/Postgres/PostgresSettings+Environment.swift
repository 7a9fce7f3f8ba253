import CPostgres

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
