import Glibc
import Host

/// A regular expression as `grep -E` has them, in UTF-8 whatever the locale: the C library's own, with its words (`\<`, `\w`, `\b`).
///
/// What `grep -E` would read as something else than is meant, such as `\d` or `(?i)`, is refused.
@safe final class ExtendedPattern {
    /// Why a text is none.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    private var compiled = unsafe regex_t()
    private var isCompiled = false
    private let utf8: locale_t?

    init(_ text: String) throws(Malformed) {
        if let problem = Self.misreading(text) { throw Malformed(description: problem) }
        // LC_CTYPE alone, whose number is 0.
        unsafe utf8 = newlocale(1, "C.UTF-8", nil)
        let status = inUTF8 { unsafe regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB) }
        // What follows a failure is `deinit`, as it follows anything else: all parts are there by then.
        if status != 0 { throw Malformed(description: "which is no regular expression") }
        isCompiled = true
    }

    deinit {
        if isCompiled { unsafe regfree(&compiled) }
        if let utf8 = unsafe utf8 { unsafe freelocale(utf8) }
    }

    /// Whether any part of a line matches.
    func matches(_ line: some StringProtocol) -> Bool {
        // The C library would take a NUL for the end.
        let line = String(line.map { $0 == "\0" ? " " : $0 })
        return inUTF8 { unsafe regexec(&compiled, line, 0, nil, 0) } == 0
    }

    /// A byte of a text that is no ASCII is no character in any other locale.
    private func inUTF8(_ body: () -> Int32) -> Int32 {
        guard let utf8 = unsafe utf8 else { return body() }
        let before = unsafe uselocale(utf8)
        defer { unsafe _ = uselocale(before) }
        return body()
    }

    /// What is written as in other languages, and would match something else here.
    private static func misreading(_ text: String) -> String? {
        if text.contains("(?") { return "which 'grep -E' does not know ('(?')" }
        var rest = Substring(text)
        while let at = rest.firstIndex(of: "\\") {
            let after = rest.index(after: at)
            guard after < rest.endIndex else { return "which ends in a backslash" }
            let sign = rest[after]
            let isKnown = "wWsSbB<>'`123456789".contains(sign)
            if !isKnown, sign.isLetter || sign.isNumber || sign.isWhitespace || !sign.isASCII {
                let instead = sign == "d" ? "; write [0-9]" : ""
                return "which 'grep -E' does not know ('\\\(sign)')\(instead)"
            }
            rest = rest[rest.index(after: after)...]
        }
        return nil
    }
}

extension ProcessTable {
    /// Those of one user whose command line the pattern matches, but neither this process nor those that started it.
    func processes(of owner: ProcessOwner, matching pattern: String) -> [ProcessLook] {
        // The file's reader has refused what is no pattern.
        guard let pattern = try? ExtendedPattern(pattern) else { return [] }
        return processes(of: owner) { pattern.matches($0) }
    }
}
