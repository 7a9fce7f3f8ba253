import Foundation

/// A file of the page as it goes over the wire: without comments that fill lines of their own, indentation and empty lines.
///
/// A script with a template literal over several lines is left as it is, since white space counts in there.
package enum PageText {
    /// The same of a file's bytes, which are UTF-8 where its name's end says that it is text.
    static func lean(_ bytes: [UInt8], name: String) -> [UInt8] {
        ["js", "css", "html"].contains(name.split(separator: ".").last)
            ? Array(lean(String(decoding: bytes, as: UTF8.self), name: name).utf8) : bytes
    }

    /// What `text` needs to work; `text` itself where `name` ends in something else than `.js`, `.css` or `.html`.
    package static func lean(_ text: String, name: String) -> String {
        let marks: (open: String, close: String, line: String?)
        switch name.split(separator: ".").last {
        case "js": marks = ("/*", "*/", "//")
        case "css": marks = ("/*", "*/", nil)
        case "html": marks = ("<!--", "-->", nil)
        default: return text
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if marks.line != nil, lines.contains(where: spansLines) { return text }
        var isInside = false
        let left = lines.map { line in
            let bare = line.trimmingCharacters(in: .whitespaces)
            if !isInside, let mark = marks.line, bare.hasPrefix(mark) { return "" }
            guard isInside || bare.hasPrefix(marks.open) else { return bare }
            isInside = !bare.contains(marks.close)
            guard !isInside, let end = bare.range(of: marks.close) else { return "" }
            return bare[end.upperBound...].trimmingCharacters(in: .whitespaces)
        }
        return left.filter { !$0.isEmpty }.joined(separator: "\n") + (text.hasSuffix("\n") ? "\n" : "")
    }

    private static func spansLines(_ line: Substring) -> Bool {
        line.count { $0 == "`" } % 2 == 1
    }
}
