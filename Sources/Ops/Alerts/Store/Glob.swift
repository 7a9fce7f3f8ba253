/// A pattern in which `*` stands for any text and `?` for one character; upper and lower case are the same.
package struct Glob: Sendable {
    private let pattern: [Character]

    package init(_ pattern: String) { self.pattern = Array(pattern.lowercased()) }

    /// Takes at most pattern × text steps, whatever the pattern.
    package func matches(_ text: String) -> Bool {
        let text = Array(text.lowercased())
        var at = 0
        var next = 0
        var star: (pattern: Int, text: Int)?
        while at < text.count {
            if next < pattern.count, pattern[next] == "*" {
                star = (next, at)
                next += 1
            } else if next < pattern.count, pattern[next] == "?" || pattern[next] == text[at] {
                next += 1
                at += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                next = last.pattern + 1
                at = last.text + 1
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == "*" }
    }
}
