import Candles
import Foundation

/// Reads settings one by one and collects what is wrong, so that a person mends it in one go.
struct SettingsChecker {
    let source: SettingsSource
    var problems: [String]

    init(source: SettingsSource) {
        self.source = source
        problems = source.problems
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
        guard let text = source.text(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            problems.append("\(name) is '\(text)'; use \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return value
    }

    /// A symbol or a timeframe.
    mutating func name<T>(_ name: String, parse: (String) throws(SeriesFault) -> T) -> T? {
        guard let text = source.text(name) else { return nil }
        do {
            return try parse(text)
        } catch {
            problems.append("\(name): \(error.summary); \(error.hint ?? "")")
            return nil
        }
    }

    mutating func misspelt(of known: [String]) { problems += source.names.problems(known: known) }

    mutating func webAddress(_ name: String, default fallback: String) -> URL {
        var text = source.text(name) ?? fallback
        while text.hasSuffix("/") { text.removeLast() }
        if text.hasSuffix("/v2") { problems.append("\(name) ends in /v2; leave that out") }
        return address(name, text, ["http", "https"], "web", fallback)
    }

    mutating func streamAddress(_ name: String, default fallback: String) -> URL {
        address(name, source.text(name) ?? fallback, ["ws", "wss"], "WebSocket", fallback)
    }

    private mutating func address(
        _ name: String, _ text: String, _ schemes: [String], _ kind: String, _ fallback: String
    ) -> URL {
        // A scheme is the same in any case; what is remembered of an address has one form.
        let written = text.prefix { $0 != ":" }
        let text = written.lowercased() + text.dropFirst(written.count)
        // What is asked for goes behind a web address, where a query or a fragment would swallow it.
        guard let url = URL(string: text), let scheme = url.scheme, schemes.contains(scheme), url.host() != nil,
            NetworkPort.isSound(in: url.absoluteString), url.fragment() == nil, kind != "web" || url.query() == nil
        else {
            problems.append("\(name) is no \(kind) address; write it as in \(fallback)")
            return URL(filePath: "/")
        }
        return url
    }

    /// A file or a folder with the certificates to trust, which must be there: without any, no server would be trusted.
    mutating func certificates(file: String, folder: String) -> String? {
        certificates(file) ?? hashedCertificates(folder)
    }

    /// Under their hashes, as `openssl rehash` names them: others are not found there.
    private mutating func hashedCertificates(_ name: String) -> String? {
        guard let path = source.text(name) else { return nil }
        let files =
            (try? FileManager.default.contentsOfDirectory(atPath: URL(filePath: path).resolvingSymlinksInPath().path))
            ?? []
        if !files.contains(where: { $0.wholeMatch(of: /[0-9a-f]{8}\.[0-9]+/) != nil }) {
            problems.append(
                "\(name) is '\(path)', no folder with certificates under their hashes; run 'openssl rehash' on it, or unset it"
            )
        }
        return path
    }

    private mutating func certificates(_ name: String) -> String? {
        guard let path = source.text(name) else { return nil }
        let content = FileManager.default.contents(atPath: path) ?? Data()
        if content.range(of: Data("CERTIFICATE-----".utf8)) == nil {
            problems.append("\(name) is '\(path)', where no certificate in PEM form can be read; correct or unset it")
        }
        return path
    }

    /// Absolute, since a relative one would give each working folder a budget of its own.
    mutating func stateFolder() -> URL {
        if let path = source.text("STATE_DIR") {
            if !path.hasPrefix("/") { problems.append("STATE_DIR is '\(path)'; write an absolute path") }
            return URL(filePath: path)
        }
        let state = source.text("XDG_STATE_HOME") ?? source.home + "/.local/state"
        return URL(filePath: state + "/cryptotrader")
    }
}
