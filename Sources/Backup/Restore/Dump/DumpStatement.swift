/// One statement of a dump, and whether pg_dump would write such a one into a plain file.
struct DumpStatement {
    enum Verdict: Equatable {
        case passes
        /// Rows follow.
        case copies
        /// A transaction around large objects, which our own already is.
        case isLeftOut
        /// A setting that newer programs write, and that older servers do not know.
        case setsWhereKnown
        /// It makes or describes an extension, which some only a superuser may.
        case isOfExtension
        case refused(String)
    }

    /// Its beginning, as it is.
    let text: String
    /// All of it without what stands in quotes, and without its semicolon.
    let skeleton: String

    private var words: [Substring] { skeleton.prefix(400).split(separator: " ", maxSplits: 12) }

    /// Short, for messages; without control characters.
    var name: String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let clean = String(
            line.map { $0.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } ? $0 : "?" })
        return clean.count > 80 ? clean.prefix(80) + "…" : clean
    }

    var verdict: Verdict {
        let words = words
        guard let first = words.first else { return .refused(name) }
        let isRight: Bool
        switch first {
        case "SET":
            if skeleton == "SET transaction_timeout = 0" { return .setsWhereKnown }
            isRight = isSetting
        case "SELECT": isRight = isCall
        case "COPY":
            return skeleton.wholeMatch(of: /COPY [\w."\u{80}-\u{10FFFF}]+ (\([^()']*\) )?FROM stdin/) != nil
                ? .copies : .refused(name)
        case "INSERT": isRight = isInsertion
        case "BEGIN", "COMMIT": return skeleton == first ? .isLeftOut : .refused(name)
        case "CREATE": isRight = isCreation
        case "ALTER": isRight = Self.alterable.contains(String(words.dropFirst().first ?? "")) && !isOfUser(1)
        case "DROP": isRight = Self.kinds.contains(String(words.dropFirst().first ?? "")) && !isOfUser(1)
        case "COMMENT", "SECURITY": isRight = isDescription
        case "GRANT", "REVOKE": isRight = isPrivilege
        case "REFRESH": isRight = words.dropFirst().prefix(2) == ["MATERIALIZED", "VIEW"]
        default: isRight = false
        }
        if !isRight { return .refused(name) }
        return isOfExtension ? .isOfExtension : .passes
    }

    /// What stands for `setsWhereKnown`, with the line end before it.
    static let settingWhereKnown =
        "\nSELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout';"

    /// Whether pg_dump writes such ones with texts of any length in them.
    var mayBeLong: Bool {
        ["ALTER", "COMMENT", "CREATE", "INSERT", "SECURITY", "SELECT"].contains(words.first ?? "")
    }

    /// Whether it says who owns what, or who may do what.
    var isOfAccess: Bool {
        ["GRANT", "REVOKE"].contains(words.first ?? "") || skeleton.hasPrefix("ALTER DEFAULT PRIVILEGES ")
            || skeleton.firstMatch(of: /^ALTER .* OWNER TO [\w"]+$/) != nil
    }

    /// What it brings that could act by itself later, in words; nil for data, tables, views and what is of this program.
    var object: String? {
        guard words.first == "CREATE", let kind = kind, Self.acting.contains(kind) else { return nil }
        let plain = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return Self.ours.contains(plain) ? nil : name
    }

    /// The functions of this program's schema, as every pg_dump writes them.
    private static let ours: Set = [
        "CREATE FUNCTION public.unix_ms(at timestamp with time zone) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (extract(epoch FROM at) * 1000)::bigint $$;",
        "CREATE FUNCTION public.from_unix_ms(ms bigint) RETURNS timestamp with time zone LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT timestamptz '1970-01-01 00:00:00+00' + ms * interval '1 millisecond' $$;",
    ]

    private static let kinds: Set = [
        "ACCESS", "AGGREGATE", "CAST", "COLLATION", "CONSTRAINT", "CONVERSION", "DEFAULT", "DOMAIN", "EVENT",
        "EXTENSION", "FOREIGN", "FUNCTION", "INDEX", "LANGUAGE", "MATERIALIZED", "OPERATOR", "POLICY", "PROCEDURAL",
        "PROCEDURE", "PUBLICATION", "RULE", "SCHEMA", "SEQUENCE", "SERVER", "STATISTICS", "SUBSCRIPTION", "TABLE",
        "TEXT", "TRANSFORM", "TRIGGER", "TRUSTED", "TYPE", "UNIQUE", "UNLOGGED", "USER", "VIEW",
    ]
    private static let alterable = kinds.union(["LARGE"])

    /// What can run code of its own, or reach another server.
    private static let acting: Set = [
        "ACCESS", "AGGREGATE", "CAST", "CONSTRAINT", "CONVERSION", "EVENT", "EXTENSION", "FOREIGN", "FUNCTION",
        "LANGUAGE", "OPERATOR", "PROCEDURAL", "PROCEDURE", "RULE", "SERVER", "SUBSCRIPTION", "TRANSFORM", "TRIGGER",
        "TRUSTED", "USER",
    ]

    /// `TABLE` of `CREATE TABLE`, and `VIEW` of `CREATE OR REPLACE VIEW`.
    private var kind: String? {
        let words = words.dropFirst()
        return (words.prefix(2) == ["OR", "REPLACE"] ? words.dropFirst(2) : words).first.map(String.init)
    }

    private var isCreation: Bool {
        guard let kind, Self.kinds.contains(kind), !isOfUser(1) else { return false }
        // `CREATE TABLE … AS` runs a query.
        return !["TABLE", "UNLOGGED"].contains(kind) || !Self.outer(skeleton).contains("AS")
    }

    /// A user, unlike a user mapping, is of the cluster.
    private func isOfUser(_ at: Int) -> Bool {
        let words = Array(words)
        return words.count > at && words[at] == "USER" && (words.count <= at + 1 || words[at + 1] != "MAPPING")
    }

    private var isOfExtension: Bool {
        skeleton.hasPrefix("CREATE EXTENSION ") || skeleton.hasPrefix("COMMENT ON EXTENSION ")
    }

    private static let settings: Set = [
        "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "check_function_bodies",
        "xmloption", "client_min_messages", "row_security", "default_tablespace",
        "default_table_access_method", "default_with_oids", "escape_string_warning", "search_path",
    ]

    /// What changes how texts are read may have only the values that pg_dump gives it.
    private var isSetting: Bool {
        guard let setting = skeleton.wholeMatch(of: /SET ([a-z_]+) = ([\w'", .]*)/) else { return false }
        let name = String(setting.1)
        if name == "standard_conforming_strings" { return setting.2 == "on" }
        if name == "client_encoding" {
            let safe = /SET client_encoding = '(UTF8|SQL_ASCII|LATIN\d+|WIN\d+|KOI8[RU]|ISO_8859_\d|EUC_\w+)';/
            return text.wholeMatch(of: safe) != nil
        }
        return Self.settings.contains(name)
    }

    private var isCall: Bool {
        let call =
            /SELECT pg_catalog\.(set_config|setval|lo_create|lo_open|lowrite|lo_close)\(('[']|-?\d+|true|false|[, ])*\)/
        guard let found = skeleton.wholeMatch(of: call) else { return false }
        return found.1 != "set_config" || text.contains("set_config('search_path', ")
    }

    /// Only values that stand there.
    private var isInsertion: Bool {
        skeleton.wholeMatch(
            of:
                /INSERT INTO [\w."\u{80}-\u{10FFFF}]+ (\([^()']*\) )?(OVERRIDING (SYSTEM|USER) VALUE )?VALUES ([\s\d(),.'+-]|NULL|true|false|DEFAULT|[BXEe](?=['\d+-])|[Ee](?=[+-]?\d))*( ON CONFLICT DO NOTHING)?/
        ) != nil
    }

    private var isDescription: Bool {
        let outer = Self.outer(skeleton)
        guard let on = outer.firstIndex(of: "ON"), on + 1 < outer.count else { return false }
        if outer.first == "COMMENT", on != 1 { return false }
        if outer.first == "SECURITY", outer.dropFirst().first != "LABEL" { return false }
        return Self.alterable.contains(String(outer[on + 1])) || outer[on + 1] == "COLUMN"
    }

    /// Of what lies in the database: without ON it would be a membership.
    private var isPrivilege: Bool {
        let outer = Self.outer(skeleton)
        guard let on = outer.firstIndex(of: "ON"), on + 1 < outer.count else { return false }
        return !["DATABASE", "PARAMETER", "TABLESPACE"].contains(outer[on + 1])
    }

    /// The words outside of parentheses.
    private static func outer(_ skeleton: String) -> [Substring] {
        var depth = 0
        let plain = skeleton.filter { character in
            if character == "(" { depth += 1 }
            defer { if character == ")" { depth -= 1 } }
            return depth == 0
        }
        return plain.split { $0 == " " || $0 == "," || $0 == ")" }.map { Substring(String($0)) }
    }
}
