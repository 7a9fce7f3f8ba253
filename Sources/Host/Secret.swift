/// A token, a password or an address that whoever has it may use: never printed.
package struct Secret<Value: Sendable & Equatable>: Sendable, Equatable {
    package let value: Value

    package init(_ value: Value) { self.value = value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    /// Without the value, since `dump` and the test library print what a mirror shows.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
