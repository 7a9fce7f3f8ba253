package import GRDB
import Resilience

/// Numbers of a row within the bounds that arithmetic bears: a database file may have been written by anybody.
///
/// Where this is imported they win over GRDB's own subscripts wherever a number is asked for. What must be read as it stands is
/// read as a `DatabaseValue`.
extension Row {
    package subscript(index: Int) -> Int64 { number(index)?.bounded ?? 0 }
    package subscript(index: Int) -> Int64? { number(index)?.bounded }
    package subscript(index: Int) -> Int { Int(number(index)?.bounded ?? 0) }
    package subscript(index: Int) -> Int? { (number(index)?.bounded).map { Int($0) } }
    package subscript(name: String) -> Int64 { number(name)?.bounded ?? 0 }
    package subscript(name: String) -> Int64? { number(name)?.bounded }
    package subscript(name: String) -> Int { Int(number(name)?.bounded ?? 0) }
    package subscript(name: String) -> Int? { (number(name)?.bounded).map { Int($0) } }
    /// The number of a process; 0, which none has, for one that does not fit.
    package subscript(name: String) -> Int32 { number(name).flatMap { Int32(exactly: $0) } ?? 0 }

    private func number(_ index: Int) -> Int64? {
        let value: DatabaseValue = self[index]
        return Int64.fromDatabaseValue(value)
    }

    private func number(_ name: String) -> Int64? {
        let value: DatabaseValue? = self[name]
        return value.flatMap { Int64.fromDatabaseValue($0) }
    }
}
