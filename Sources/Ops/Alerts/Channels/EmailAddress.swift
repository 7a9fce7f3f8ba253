/// Whether a text can be the address of a mail: what a command line and a header take without harm.
enum EmailAddress {
    static func isUsable(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.hasPrefix("-") && text.utf8.count <= 254
            && text.unicodeScalars.allSatisfy {
                (33..<127).contains($0.value) && !",;<>\"()[]\\".unicodeScalars.contains($0)
            }
    }

    /// Those of a list with commas.
    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
    }
}

extension Substring {
    fileprivate func trimming(while isPadding: (Character) -> Bool) -> String {
        String(drop(while: isPadding).reversed().drop(while: isPadding).reversed())
    }
}
