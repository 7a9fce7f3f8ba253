/// A message as a page may show it: of a path the file's name alone, of an address no password, and no more than fits.
///
/// Paths begin with `/` or `~/`, and may stand in quotes or behind `sqlite:` and `file:`. One with a space in it and no quotes is
/// taken on for as long as no piece of it ends in a file's name with a dot, and the next word has a slash in it.
struct FolderlessText {
    private static let longest = 1000
    private static let quotes: Set<Character> = ["'", "\"", "`", "’", "”"]
    private static let ends: Set<Character> = ["<", ">", "|", ",", ";", ")", "]", "}", "'", "\"", "`", "\n", "\t"]
    /// Folders whose folders are named for people.
    private static let homes: Set<Substring> = ["home", "Users"]

    private let text: [Character]
    private var place = 0
    private var result = ""

    private init(_ text: String) { self.text = Array(text.prefix(Self.longest)) }

    static func of(_ text: String) -> String {
        guard text.contains("/") else { return String(text.prefix(longest)) }
        var folderless = FolderlessText(text)
        return folderless.rewritten()
    }

    private mutating func rewritten() -> String {
        while place < text.count {
            if isAt("://") {
                takeAddress()
            } else if isPathStart {
                takePath()
            } else {
                result.append(text[place])
                place += 1
            }
        }
        return result
    }

    private func isAt(_ word: String) -> Bool { text[place...].starts(with: word) }

    private var isPathStart: Bool {
        let before = place == 0 ? nil : text[place - 1]
        if let before, before.isLetter || before.isNumber || "._-/~+%".contains(before) { return false }
        return isAt("~/") || (isAt("/") && text.indices.contains(place + 1) && !text[place + 1].isWhitespace)
    }

    /// The rest of an address, of which nothing is a folder of ours, without the name and password before its `@`.
    private mutating func takeAddress() {
        let isFile = result.hasSuffix("file")
        result += "://"
        place += 3
        // Without a host, the rest is a path.
        if isFile, let path = text[place...].firstIndex(of: "/") { place = path }
        if isAt("/") { return takePath() }
        let end = text[place...].firstIndex { $0.isWhitespace || Self.ends.contains($0) } ?? text.count
        var rest = text[place..<end]
        let host = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        if let at = rest[..<host].lastIndex(of: "@") { rest = rest[(at + 1)...] }
        result += String(rest)
        place = end
    }

    private mutating func takePath() {
        let quote = place > 0 && Self.quotes.contains(text[place - 1]) ? text[place - 1] : nil
        var end = pathEnd(from: place, quote: quote)
        while quote == nil, end + 1 < text.count, text[end] == " ", !endsInFile(end), nextWordHasSlash(after: end) {
            end = pathEnd(from: end + 1, quote: nil)
        }
        // What ends a sentence belongs to it.
        while end > place + 1, ".:!?".contains(text[end - 1]) { end -= 1 }
        result += Self.folderless(String(text[place..<end]))
        place = end
    }

    private func pathEnd(from start: Int, quote: Character?) -> Int {
        if let quote, let end = text[start...].firstIndex(of: quote) { return end }
        return text[start...].firstIndex { $0 == " " || Self.ends.contains($0) } ?? text.count
    }

    private func endsInFile(_ end: Int) -> Bool {
        text[place..<end].reversed().prefix { $0 != "/" }.contains(".")
    }

    /// Whether the word behind a space goes on with the path.
    private func nextWordHasSlash(after space: Int) -> Bool {
        let word = text[(space + 1)..<pathEnd(from: space + 1, quote: nil)]
        guard let slash = word.firstIndex(of: "/"), slash > word.startIndex else { return false }
        return !String(word).contains("://")
    }

    private static func folderless(_ path: String) -> String {
        let parts = path.split(separator: "/")
        guard parts.count > 1, let name = parts.last else { return path }
        if path.hasPrefix("/"), homes.contains(parts[0]), parts.count == 2 { return "…" }
        return "…/\(name)"
    }
}
