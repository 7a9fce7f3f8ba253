import Candles
import Crypto
import Foundation

/// What a channel remembers over restarts: one short text without secrets, for the configuration that it has.
package struct ChannelMemory: Sendable {
    package let load: @Sendable (_ configuration: String) async throws -> String?
    package let save: @Sendable (_ configuration: String, _ text: String) async throws -> Void

    package init(
        load: @escaping @Sendable (_ configuration: String) async throws -> String?,
        save: @escaping @Sendable (_ configuration: String, _ text: String) async throws -> Void
    ) {
        self.load = load
        self.save = save
    }

    /// Remembers nothing.
    package static let none = ChannelMemory(load: { _ in nil }, save: { _, _ in })
}

/// Tells one configuration from another without telling either.
enum ChannelDigest {
    static func of(_ parts: String?...) -> String {
        let text = parts.map { $0 ?? "" }.joined(separator: "\n")
        return SHA256.hash(data: Data(text.utf8)).prefix(8).hexadecimal
    }
}
