package import Foundation

/// A web address that must not be seen, since whoever has it may use it.
package struct SecretAddress: Sendable, Equatable {
    package let url: URL

    package init(_ url: URL) { self.url = url }
}

extension SecretAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    /// Without the address, since `dump` and the test library print what a mirror shows.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
