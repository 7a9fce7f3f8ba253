/// A token or a password, which is never printed.
package struct SecretText: Sendable, Equatable {
    package let text: String

    package init(_ text: String) { self.text = text }
}

extension SecretText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    /// Without the text, since `dump` and the test library print what a mirror shows.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
