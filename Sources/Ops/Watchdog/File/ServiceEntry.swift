import Candles
import Host

/// Reads one service of the file, and collects what is wrong with it.
struct ServiceEntry {
    private(set) var problems: [String] = []
    private let object: [String: JSONValue]
    private let label: String
    private let home: String
    private let defaults: WatchdogDefaults

    private static let keys = [
        "name", "unit", "scope", "pid_file", "start", "process", "user", "log", "log_age", "log_lines", "log_patterns",
        "health_url", "freeze_threshold", "heartbeat", "heartbeat_age", "max_restarts", "restart_on_freeze",
    ]

    init(_ entry: JSONValue, number: Int, home: String, defaults: WatchdogDefaults) {
        self.home = home
        self.defaults = defaults
        guard case .object(let object) = entry else {
            self.object = [:]
            label = "service \(number)"
            return
        }
        self.object = object
        if case .text(let name)? = object["name"] { label = "service '\(name)'" } else { label = "service \(number)" }
        for key in object.keys.sorted() where !Self.keys.contains(key) {
            let near = Spelling.nearest(to: key, in: Self.keys).map { "; did you mean '\($0)'?" } ?? ""
            complain("unknown key '\(key)'\(near)")
        }
    }

    /// Nil where a problem keeps it from being one.
    mutating func service() -> WatchedService? {
        let name = name()
        let control = control()
        var service = WatchedService(name: name ?? "", control: control ?? .unit("", isOfUser: true))
        service.process = pattern("process")
        service.owner = owner()
        service.log = log()
        service.healthURL = healthURL()
        service.beat = text("heartbeat").map { WatchedService.Beat(name: $0, age: seconds("heartbeat_age", or: 300)) }
        needs("heartbeat", for: ["heartbeat_age"])
        service.freezeThreshold = seconds(
            "freeze_threshold", or: Int(defaults.freezeThreshold.milliseconds / 1000))
        service.maxRestarts = integer("max_restarts", in: 0...1000, or: defaults.maxRestarts)
        service.restartsOnFreeze = flag("restart_on_freeze") ?? defaults.restartsOnFreeze
        return name == nil || control == nil ? nil : service
    }

    private mutating func name() -> String? {
        guard let name = text("name") else {
            if object["name"] == nil { complain("it has no 'name'") }
            return nil
        }
        let isPlain = name.utf8.count <= 100 && name.unicodeScalars.allSatisfy { $0.value > 32 && $0.value < 127 }
        if !isPlain { complain("'name' has spaces or letters beyond ASCII, or more than 100") }
        return isPlain ? name : nil
    }

    private mutating func control() -> WatchedService.Control? {
        switch (object["unit"] != nil, object["pid_file"] != nil) {
        case (true, true): complain("it has both 'unit' and 'pid_file'; leave out one")
        case (false, false): complain("it has neither 'unit' nor 'pid_file'")
        case (true, false):
            if object["start"] != nil {
                complain("'start' goes with 'pid_file' only; systemd knows how to start a unit")
            }
            let scope = text("scope") ?? "user"
            if scope != "user" && scope != "system" { complain("'scope' is '\(scope)'; use user or system") }
            guard let unit = text("unit") else { return nil }
            if unit.hasPrefix("-") || unit.contains(where: \.isWhitespace) {
                complain("'unit' is '\(unit)', no unit's name")
            }
            return .unit(unit.contains(".") ? unit : unit + ".service", isOfUser: scope == "user")
        case (false, true):
            if object["scope"] != nil { complain("'scope' goes with 'unit' only") }
            let start = texts("start")
            if start.isEmpty { complain("'start' is missing: a list of a program and its arguments") }
            return text("pid_file").map { .pidFile(path($0), start: start) }
        }
        return nil
    }

    private mutating func owner() -> ProcessOwner? {
        guard let user = text("user") else { return nil }
        if user.contains(where: { $0.isWhitespace || $0 == ":" || $0 == "/" }) {
            complain("'user' is '\(user)', no user's name")
        }
        return .named(user)
    }

    private mutating func log() -> WatchedService.Log? {
        let log = text("log").map { text in
            WatchedService.Log(
                path: path(text), age: seconds("log_age", or: 300),
                lines: integer("log_lines", in: 1...100_000, or: 100),
                patterns: texts("log_patterns"))
        }
        for pattern in log?.patterns ?? [] { check(pattern, "log_patterns") }
        needs("log", for: ["log_age", "log_lines", "log_patterns"])
        return log
    }

    private mutating func healthURL() -> String? {
        guard let url = text("health_url") else { return nil }
        if EndpointProbe.address(url) != nil { return url }
        complain("'health_url' is no web address; write it as in http://127.0.0.1:8080/health/ping")
        return nil
    }

    private mutating func complain(_ problem: String) { problems.append("\(label): \(problem)") }

    private mutating func needs(_ key: String, for others: [String]) {
        for other in others where object[key] == nil && object[other] != nil {
            complain("'\(other)' goes with '\(key)' only")
        }
    }

    private mutating func text(_ key: String) -> String? {
        guard let value = object[key] else { return nil }
        if case .text(let text) = value, !text.isEmpty { return text }
        complain("'\(key)' is \(value.printed); use a text")
        return nil
    }

    private mutating func texts(_ key: String) -> [String] {
        guard let value = object[key] else { return [] }
        if case .list(let list) = value {
            let texts = list.compactMap { if case .text(let text) = $0, !text.isEmpty { text } else { nil } }
            if texts.count == list.count { return texts }
        }
        complain("'\(key)' is \(value.printed); use a list of texts")
        return []
    }

    private mutating func flag(_ key: String) -> Bool? {
        guard let value = object[key] else { return nil }
        if case .bool(let flag) = value { return flag }
        complain("'\(key)' is \(value.printed); use true or false")
        return nil
    }

    private mutating func integer(_ key: String, in range: ClosedRange<Int>, or fallback: Int) -> Int {
        guard let value = object[key] else { return fallback }
        if case .integer(let number) = value, let integer = Int(exactly: number), range.contains(integer) {
            return integer
        }
        complain("'\(key)' is \(value.printed); use \(range.lowerBound) to \(range.upperBound)")
        return fallback
    }

    private mutating func seconds(_ key: String, or fallback: Int) -> Duration {
        .seconds(integer(key, in: 1...86_400, or: fallback))
    }

    private mutating func pattern(_ key: String) -> String? {
        guard let pattern = text(key) else { return nil }
        check(pattern, key)
        return pattern
    }

    private mutating func check(_ pattern: String, _ key: String) {
        do {
            _ = try ExtendedPattern(pattern)
        } catch {
            complain("'\(key)' has '\(pattern)', \(error)")
        }
    }

    private func path(_ text: String) -> String {
        (text.hasPrefix("~/") ? home + text.dropFirst(1) : text).withoutTrailingSlash
    }
}
