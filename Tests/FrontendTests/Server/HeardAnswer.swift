/// One answer of HTTP/1.1, taken apart by what it says itself.
struct HeardAnswer {
    let status: Int
    /// Names are in lower case.
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Takes all answers of a connection apart.
    ///
    /// An answer to HEAD has a length and no body: it is known by the next answer that follows at once, or by the end.
    /// - Returns: Nil where something is left over, or is no answer.
    static func all(in bytes: [UInt8]) -> [HeardAnswer]? {
        var rest = bytes[...]
        var answers: [HeardAnswer] = []
        while !rest.isEmpty {
            guard let answer = first(in: &rest) else { return nil }
            answers.append(answer)
        }
        return answers
    }

    private static func first(in rest: inout ArraySlice<UInt8>) -> HeardAnswer? {
        guard rest.starts(with: "HTTP/1.1 ".utf8), let end = end(of: rest) else { return nil }
        let lines = String(decoding: rest[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first.flatMap({ Int($0.dropFirst(9).prefix(3)) }) else { return nil }
        let fields = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        guard fields.count == lines.count - 1 else { return nil }
        rest = rest[(end + 4)...]
        let length = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) }
        let isBodiless = rest.isEmpty || rest.starts(with: "HTTP/1.1 ".utf8)
        let count = isBodiless ? 0 : length ?? 0
        guard rest.count >= count, status == 304 || length != nil else { return nil }
        let body = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return HeardAnswer(status: status, fields: fields, body: body)
    }

    private static func end(of rest: ArraySlice<UInt8>) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        return rest.indices.first { rest[$0] == mark[0] && rest[$0...].starts(with: mark) }
    }
}
