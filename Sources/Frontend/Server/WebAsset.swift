import Crypto
import Foundation

/// A file that others made and `scripts/fetch-web-assets` fetches, as `scripts/web-assets.lock.json` has it.
package struct WebAsset: Sendable, Equatable {
    package let name: String
    package let bytes: Int
    package let sha256: String

    /// Draws the chart (Apache-2.0).
    package static let charts = WebAsset(
        name: "lightweight-charts-5.2.1.js", bytes: 197_922,
        sha256: "e21cc5caa0226ef30bd8549c50b9ef926615f2a4ee6b4e486353477a55f598cf")

    /// Whether it is in a folder.
    enum Found: Sendable, Equatable {
        case file(PageFile)
        case missing
        /// A file of that name has other bytes, or cannot be read.
        case wrong
    }

    /// Where browsers ask for it.
    var path: String { "/assets/\(name)" }

    func found(in folder: URL) -> Found {
        guard let file = try? PageFile(at: folder.appending(path: name).path, largest: bytes) else {
            return FileManager.default.fileExists(atPath: folder.appending(path: name).path) ? .wrong : .missing
        }
        return Array(SHA256.hash(data: file.bytes)) == digest ? .file(file) : .wrong
    }

    private var digest: [UInt8] {
        let digits = Array(sha256)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
}
