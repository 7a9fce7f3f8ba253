/// Writes one object with long columns of numbers.
struct JSONColumns {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// `text` needs no escapes: it is a name of ours.
    mutating func text(_ name: StaticString, _ text: String) {
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func number(_ name: StaticString, _ number: Int64?) {
        begin(name)
        if let number { write(number) } else { writeNull() }
    }

    mutating func column<Row>(_ name: StaticString, _ rows: [Row], _ value: KeyPath<Row, Int64>) {
        list(name, rows) { $0.write($1[keyPath: value]) }
    }

    mutating func column<Row>(_ name: StaticString, _ rows: [Row], _ value: KeyPath<Row, Double>) {
        list(name, rows) { $0.write($1[keyPath: value]) }
    }

    mutating func pairs(_ name: StaticString, _ pairs: some Sequence<(Int64, Int64)>) {
        list(name, pairs) { json, pair in
            json.bytes.append(UInt8(ascii: "["))
            json.write(pair.0)
            json.bytes.append(UInt8(ascii: ","))
            json.write(pair.1)
            json.bytes.append(UInt8(ascii: "]"))
        }
    }

    /// The whole object.
    mutating func end() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func list<S: Sequence>(
        _ name: StaticString, _ elements: S, _ write: (inout JSONColumns, S.Element) -> Void
    ) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            write(&self, element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func begin(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: name.description.utf8)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func write(_ number: Int64) { bytes.append(contentsOf: number.description.utf8) }

    /// The shortest digits that give the same double again; what is no number is null.
    private mutating func write(_ number: Double) {
        if number.isFinite { bytes.append(contentsOf: number.description.utf8) } else { writeNull() }
    }

    private mutating func writeNull() { bytes.append(contentsOf: [0x6E, 0x75, 0x6C, 0x6C]) }
}
