import Candles
import Foundation
import Host

/// Reads settings one by one and collects what is wrong, so that a person mends it in one go.
struct SettingsChecker {
    let source: SettingsSource
    var problems: [String]

    init(source: SettingsSource) {
        self.source = source
        problems = source.problems
    }

    /// A whole number, with the declared range and default; `declared` is the setting that `name` is another name of.
    mutating func integer(_ name: String, as declared: String? = nil) -> Int {
        let setting = Setting.named(declared ?? name)
        guard let range = setting.range, let standard = setting.standard, let fallback = Int(standard) else {
            preconditionFailure("\(name) is declared without a range or a default")
        }
        guard let text = source.text(name) else { return fallback }
        guard let value = Int(text), range.contains(Double(value)) else {
            problems.append("\(name) is '\(text)'; use \(Int(range.lowerBound)) to \(Int(range.upperBound))")
            return fallback
        }
        return value
    }

    /// A text, else the declared default.
    func text(_ name: String) -> String { source.text(name) ?? Setting.named(name).standard ?? "" }

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

    mutating func misspelt() { problems += source.names.problems(known: Settings.names) }

    mutating func webAddress(_ name: String) -> URL {
        var text = text(name)
        while text.hasSuffix("/") { text.removeLast() }
        if text.hasSuffix("/v2") { problems.append("\(name) ends in /v2; leave that out") }
        return address(name, text, ["http", "https"], "web")
    }

    mutating func streamAddress(_ name: String) -> URL {
        address(name, text(name), ["ws", "wss"], "WebSocket")
    }

    private mutating func address(
        _ name: String, _ text: String, _ schemes: [String], _ kind: String
    ) -> URL {
        // A scheme is the same in any case; what is remembered of an address has one form.
        let written = text.prefix { $0 != ":" }
        let text = written.lowercased() + text.dropFirst(written.count)
        // What is asked for goes behind a web address, where a query or a fragment would swallow it.
        guard let url = URL(string: text), let scheme = url.scheme, schemes.contains(scheme), url.host() != nil,
            NetworkPort.isSound(in: url.absoluteString), url.fragment() == nil, kind != "web" || url.query() == nil
        else {
            problems.append("\(name) is no \(kind) address; write it as in \(Setting.named(name).standard ?? "")")
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

    /// A file, from the working folder where its path is relative.
    func path(_ name: String) -> URL {
        URL(filePath: text(name).withoutTrailingSlash, directoryHint: .notDirectory)
            .standardizedFileURL
    }

    mutating func onOff(_ name: String) -> Bool {
        optionalSwitch(name) ?? (Setting.named(name).standard == "1")
    }

    mutating func optionalSwitch(_ name: String) -> Bool? {
        guard let text = source.text(name) else { return nil }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            problems.append("\(name) is '\(text)'; use 1 or 0")
            return nil
        }
    }

    mutating func oneOf(_ name: String, _ values: [String]) -> String {
        let text = text(name).lowercased()
        if values.contains(text) { return text }
        problems.append("\(name) is '\(text)'; use one of \(values.joined(separator: ", "))")
        return Setting.named(name).standard ?? ""
    }
}

extension SettingsChecker {
    /// An optional address that is a secret as a whole, and so is never quoted.
    mutating func secretAddress(
        _ name: String, schemes: [String] = ["http", "https"], example: String = "https://example.org/ping/…"
    ) -> Secret<URL>? {
        guard let text = secretText(name)?.value else { return nil }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host(),
            schemes.contains(scheme), !host.isEmpty, NetworkPort.isSound(in: url.absoluteString)
        else {
            problems.append("\(name) is no \(schemes[0] == "http" ? "web " : "")address; write it as in \(example)")
            return nil
        }
        return Secret(url)
    }

    /// An optional token or password.
    mutating func secretText(_ name: String) -> Secret<String>? {
        do {
            guard let text = try source.secret(name), !text.isEmpty else { return nil }
            return Secret(text)
        } catch {
            problems.append(error.problem)
            return nil
        }
    }
}
