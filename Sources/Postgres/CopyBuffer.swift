/// Rows in the binary format of COPY, appended field by field.
///
/// - Source: <https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format".
package struct CopyBuffer: Sendable {
    /// Room beyond what was asked for: the end mark and a few rows.
    private static let slack = 1024
    private static let header = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8)
    /// Milliseconds from 1970 to 2000, where Postgres' time begins.
    private static let epoch: Int64 = 946_684_800_000

    package let columns: Int16
    package private(set) var rowCount = 0
    /// Written up to `end`; what follows is room.
    private var storage: [UInt8]
    private var end: Int
    private var isFinished = false

    /// An empty buffer with room for `reserving` bytes of rows; it grows when they are more.
    package init(columns: Int16, reserving: Int = 0) {
        self.columns = columns
        storage = Self.header + [UInt8](repeating: 0, count: reserving + Self.slack)
        end = Self.header.count
    }

    /// The rows as COPY takes them.
    var bytes: ArraySlice<UInt8> { storage[..<end] }

    /// Begins a row; as many `append` calls as there are columns must follow.
    package mutating func beginRow() {
        rowCount += 1
        makeRoom(2)
        write(columns)
    }

    package mutating func append(int32 value: Int32) {
        makeRoom(8)
        write(Int32(4))
        write(value)
    }

    package mutating func append(int64 value: Int64) {
        makeRoom(12)
        write(Int32(8))
        write(value)
    }

    /// A `timestamptz`, which Postgres keeps in microseconds since 2000-01-01.
    package mutating func append(timestampMilliseconds value: Int64) {
        append(int64: (value - Self.epoch) * 1000)
    }

    package mutating func append(double value: Double) {
        append(int64: Int64(bitPattern: value.bitPattern))
    }

    package mutating func append(bool value: Bool) {
        makeRoom(5)
        write(Int32(1))
        write(UInt8(value ? 1 : 0))
    }

    package mutating func append(text value: String) {
        let text = Array(value.utf8)
        makeRoom(4 + text.count)
        write(Int32(text.count))
        storage.replaceSubrange(end..<end + text.count, with: text)
        end += text.count
    }

    package mutating func appendNull() {
        makeRoom(4)
        write(Int32(-1))
    }

    /// Ends the data; a second call changes nothing.
    @discardableResult
    package mutating func finish() -> CopyBuffer {
        if !isFinished {
            makeRoom(2)
            write(Int16(-1))
        }
        isFinished = true
        return self
    }

    /// Makes the buffer ready for the next rows and keeps its memory.
    package mutating func removeAll() {
        end = Self.header.count
        rowCount = 0
        isFinished = false
    }

    private mutating func makeRoom(_ count: Int) {
        if storage.count - end < count {
            storage += [UInt8](repeating: 0, count: max(count, storage.count))
        }
    }

    /// Writes a number, most significant byte first, where `makeRoom` made room.
    private mutating func write(_ value: some FixedWidthInteger) {
        unsafe storage.withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: value.bigEndian, toByteOffset: end, as: type(of: value))
        }
        end += value.bitWidth / 8
    }
}
