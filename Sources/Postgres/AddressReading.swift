import CPostgres

/// What libpq would split differently from what a person meant.
///
/// A password with a raw `@`, `/` or `?` makes libpq take a part of it for a host, a port, a database or a parameter, and all of
/// these are shown: in messages, in the journal, in the names of locks.
struct AddressReading {
    private let user: Substring?
    private let hosts: Substring
    private let database: Substring
    private let query: Substring?

    /// Nil for what is no URL of Postgres, such as keywords.
    init?(_ text: String) {
        guard let scheme = ["postgresql://", "postgres://"].first(where: text.hasPrefix) else { return nil }
        var rest = text.dropFirst(scheme.count)
        if let end = rest.firstIndex(where: { $0 == "@" || $0 == "/" }), rest[end] == "@" {
            user = rest[..<end]
            rest = rest[rest.index(after: end)...]
        } else {
            user = nil
        }
        hosts = rest.prefix { $0 != "/" && $0 != "?" }
        rest = rest[hosts.endIndex...]
        database = rest.first == "/" ? rest.dropFirst().prefix { $0 != "?" } : rest.prefix(0)
        let question = rest.firstIndex(of: "?")
        query = question.map { rest[rest.index(after: $0)...] }
    }

    /// Whether each part can only be what it was meant as.
    var isPlain: Bool {
        isUserPlain && Self.areHostsPlain(hosts) && !database.contains { "@/:#".contains($0) } && isQueryPlain
    }

    /// A question mark in a password is read right, but `host?password=a@b` is read as a user and a password before a host.
    private var isUserPlain: Bool {
        guard let user else { return true }
        let name = user.prefix { $0 != ":" }.lowercased()
        return !user.contains(/\?[A-Za-z_]+=/) && !name.contains("%3a")
    }

    /// An `@` there is only a value's where nothing before it can be a password's beginning.
    private var isQueryPlain: Bool {
        guard let query, query.contains("@") else { return true }
        return user == nil && !hosts.contains(":")
    }

    private static func areHostsPlain(_ hosts: Substring) -> Bool {
        hosts.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { host in
            host.wholeMatch(of: /(\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[^\]]*)?\]|[^\[\]@:]*)(:[0-9]*)?/) != nil
        }
    }

    /// The first parameter that libpq does not have; nil where its name could be a part of a password.
    var unknownParameter: String? {
        guard isPlain, let names = query?.split(separator: "&").map({ $0.prefix { $0 != "=" } }),
            !names.contains(where: { $0.hasSuffix("password") })
        else { return nil }
        return names.first { !Self.parameters.contains(String($0)) && $0.wholeMatch(of: /[A-Za-z_]{1,40}/) != nil }
            .map(String.init)
    }

    /// libpq also takes JDBC's `ssl=true`.
    private static let parameters: Set<String> = {
        let first = unsafe PQconndefaults()
        defer { unsafe PQconninfoFree(first) }
        var names: Set = ["ssl"]
        var next = unsafe first
        while let option = unsafe next, let keyword = unsafe option.pointee.keyword {
            unsafe names.insert(String(cString: keyword))
            unsafe next = option + 1
        }
        return names
    }()
}

extension PostgresSettings {
    /// Whether it can name a host, several with commas in between, or a socket's folder; nothing else is ever shown as one.
    package static func areHosts(_ text: String) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { host in
            let isSocket = host.hasPrefix("/") || host.hasPrefix("@")
            if isSocket { return !host.contains("://") && !host.dropFirst().contains("@") && isPrintable(host) }
            return host.wholeMatch(of: /[A-Za-z0-9._\-\u{A1}-\u{10FFFF}]*|[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?/) != nil
        }
    }

    /// Whether it can name a database or a role: an address or keywords in its place would be shown.
    package static func isName(_ text: String) -> Bool {
        !text.contains("://") && !text.contains("=") && !text.contains(/:[^@]*@/) && isPrintable(text)
    }

    /// Whether it can be the numeric address of a host, or of several.
    static func areAddresses(_ text: String) -> Bool {
        text.wholeMatch(of: /([0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?)(,[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?)*/) != nil
    }

    /// libpq looks at ports only when it connects; an empty one stands for the default.
    package static func arePorts(_ ports: String) -> Bool {
        ports.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { port in
            port.isEmpty || port.utf8.allSatisfy { 48...57 ~= $0 } && Int(port).map { 1...65_535 ~= $0 } == true
        }
    }

    private static func isPrintable(_ text: some StringProtocol) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
