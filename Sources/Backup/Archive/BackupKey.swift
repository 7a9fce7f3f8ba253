import Crypto
package import Foundation

/// Where the key lies with which this installation signs the manifests of its backups; it is never a part of a backup.
package struct BackupKeyFile: Sendable, Equatable {
    package let url: URL

    package init(_ url: URL) { self.url = url }

    /// Nil where there is none yet.
    ///
    /// - Throws: `BackupFault.keyUnusable`.
    package func read() throws(BackupFault) -> BackupKey? {
        guard let data = FileManager.default.contents(atPath: url.path) else {
            if FileManager.default.fileExists(atPath: url.path) { throw unusable("this user may not read it") }
            return nil
        }
        let text = String(decoding: data.prefix(200), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let key = BackupKey(hexadecimal: text) else {
            throw unusable("it does not hold 64 hexadecimal digits, as this program writes them")
        }
        return key
    }

    /// The key, made now where there is none, for its owner alone.
    ///
    /// - Throws: `BackupFault.keyUnusable`.
    package func readOrMake() throws(BackupFault) -> BackupKey {
        if let key = try read() { return key }
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            // Of the system's generator, which is fit for keys.
            let text = BackupKey.hexadecimal((0..<32).map { _ in UInt8.random(in: .min ... .max) })
            // Under another name first, so that nobody reads half a key.
            let draft = url.path + ".\(UUID().uuidString)"
            try ArchiveFile.write(Array("\(text)\n".utf8), to: draft)
            defer { try? FileManager.default.removeItem(atPath: draft) }
            do {
                try FileManager.default.linkItem(atPath: draft, toPath: url.path)
            } catch CocoaError.fileWriteFileExists {
                // Another run of ours was first.
            }
            try ArchiveFile.syncFolder(url.deletingLastPathComponent().path)
        } catch {
            throw unusable(
                "it cannot be made: \((error as? BackupFault)?.summary ?? (error as NSError).localizedDescription)")
        }
        guard let key = try read() else { throw unusable("it was made, and is gone") }
        return key
    }

    private func unusable(_ reason: String) -> BackupFault { .keyUnusable(path: url.path, reason: reason) }
}

/// What signs manifests.
package struct BackupKey: Sendable {
    private let key: SymmetricKey
    /// Tells it from the keys of other installations; it says nothing of the key itself.
    package let id: String

    /// Nil for anything but 64 hexadecimal digits.
    init?(hexadecimal: String) {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        guard digits.count == 64, hexadecimal.count == 64 else { return nil }
        key = SymmetricKey(data: stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
        id = String(
            Self.hexadecimal(HMAC<SHA256>.authenticationCode(for: Data("cryptotrader key id".utf8), using: key)).prefix(
                16))
    }

    func signature(of text: String) -> String {
        Self.hexadecimal(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }

    func isRight(_ signature: String, of text: String) -> Bool {
        let digits = signature.compactMap(\.hexDigitValue)
        guard digits.count == 64, signature.utf8.count == 64 else { return false }
        let bytes = stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        return HMAC<SHA256>.isValidAuthenticationCode(bytes, authenticating: Data(text.utf8), using: key)
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Who vouches for a manifest.
package enum ManifestSignature: String, Sendable {
    /// Nobody asked: there is no key to compare with.
    case unchecked
    /// This installation.
    case ours = "signed by this installation"
    case none = "unsigned"
    case others = "signed by another installation"
    case wrong = "signature wrong"
}
