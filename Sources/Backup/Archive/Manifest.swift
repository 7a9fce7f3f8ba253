import Foundation
import Resilience

/// What a backup holds, how it was made, and how it was verified; written last, as the mark that the backup is whole.
///
/// Times are ISO 8601 in the file. Nothing in it is a secret.
package struct Manifest: Sendable, Equatable, Codable {
    /// The newest format that this program reads.
    package static let knownFormat = 1

    package var formatVersion = Manifest.knownFormat
    package var type: BackupType
    package var occasion: BackupOccasion
    package var file: String
    /// The database's identity: `sqlite:/path` or `postgres:host:port/name`.
    package var database: String
    package var host: String
    /// The moment that the content is of.
    package var createdAt: String
    package var finishedAt: String
    package var compressed: Content
    package var raw: Content
    package var source: Source
    /// The schema of this program in it; nil where it holds none.
    package var schemaVersion: Int?
    package var tables: [TableSum]
    /// Open time of the newest candle, where there is one.
    package var newestCandle: String?
    /// Why it is not trusted although it is whole, such as far fewer rows than the one before.
    package var suspicion: String?
    /// Of a backup that a restore made first: the file that then took the database's place; nil where none did.
    package var replacedBy: String?
    /// Of a backup that a restore made first: what is about to take the database's place, written before it does.
    package var replacing: Replacing?
    /// The latest verification of each depth.
    package var verifications: [Verification]

    /// The id that the database has once a restore has come to its end: where it has another one, that restore replaced nothing.
    package struct Replacing: Sendable, Equatable, Codable {
        package var file: String
        /// Nil for a database that is not of this program.
        package var id: String?
    }

    /// So many bytes with this SHA-256, in lower-case hexadecimal.
    package struct Content: Sendable, Equatable, Codable {
        package var bytes: Int
        package var sha256: String

        package init(bytes: Int, sha256: String) {
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    /// What made the raw bytes.
    package enum Source: Sendable, Equatable, Codable {
        case postgres(server: String, dump: String)
        case sqlite(version: String, pageSize: Int, journalMode: String)
    }

    /// How deep somebody looked, when, and what they found.
    package struct Verification: Sendable, Equatable, Codable {
        package enum Depth: String, Sendable, Codable, Comparable {
            /// The file was read from end to end.
            case fast
            /// It was restored into a scratch database, which was compared.
            case deep

            package static func < (one: Depth, other: Depth) -> Bool { one == .fast && other == .deep }
        }

        package var depth: Depth
        package var at: String
        package var passed: Bool
        package var milliseconds: Int64
        /// What was wrong.
        package var problem: String?

        package init(depth: Depth, at: String, passed: Bool, milliseconds: Int64, problem: String? = nil) {
            self.depth = depth
            self.at = at
            self.passed = passed
            self.milliseconds = milliseconds
            self.problem = problem
        }
    }

    package var rows: Int { tables.reduce(0) { $0.plus($1.rows) } }

    /// Whether all its counts can be counts: what arithmetic cannot bear was not written by this program.
    var isPlausible: Bool {
        let counts = [compressed.bytes, raw.bytes, schemaVersion ?? 0, formatVersion] + tables.map(\.rows)
        let times = verifications.map(\.milliseconds)
        return counts.allSatisfy { $0 >= 0 && $0 == $0.bounded } && times.allSatisfy { $0 == $0.bounded }
            && rows == rows.bounded
    }

    /// Whether it was verified, and no verification found anything wrong.
    package var isVerified: Bool { !verifications.isEmpty && verifications.allSatisfy(\.passed) }

    /// Whether a restore may choose it, and retention count it.
    package var isGood: Bool { isVerified && suspicion == nil }

    /// Replaces what was known at this depth.
    package mutating func record(_ verification: Verification) {
        verifications.removeAll { $0.depth == verification.depth }
        verifications.append(verification)
    }
}

/// A table's rows and their sums, which are the same in whatever order the rows come.
package struct TableSum: Sendable, Equatable, Codable {
    /// As the source spells it; in Postgres with its schema, `public.candle`.
    package var name: String
    package var rows: Int
    /// The rows' 64-bit hashes, added up; hexadecimal.
    package var sum: String
    /// The same hashes, joined by exclusive or; hexadecimal.
    package var xor: String

    package init(name: String, rows: Int, sum: UInt64, xor: UInt64) {
        self.name = name
        self.rows = rows
        self.sum = String(sum, radix: 16)
        self.xor = String(xor, radix: 16)
    }
}

extension TableSum {
    /// What differs between what was expected and what there is, or nil.
    static func difference(_ found: [TableSum], _ expected: [TableSum]) -> String? {
        let found = Dictionary(found.map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
        for table in expected {
            guard let there = found[table.name] else { return "the table \(table.name) is missing" }
            if there.rows != table.rows { return "\(table.name) has \(there.rows) rows instead of \(table.rows)" }
            if there != table { return "\(table.name) has other values than it should" }
        }
        let surplus = Set(found.keys).subtracting(expected.map(\.name)).sorted()
        return surplus.isEmpty ? nil : "there are tables that should not be: \(surplus.joined(separator: ", "))"
    }
}

/// A manifest as it stands in its file, with a SHA-256 of itself.
///
/// The digest is of the whole text in which its own 64 digits are zeros.
enum ManifestText {
    private static let key = "\"manifest_sha256\" : \""
    private static let blank = String(repeating: "0", count: 64)

    private static let signature = ",\n  \"signature\" : \""
    private static let signer = ",\n  \"signed_by\" : \""

    /// With a key the text is signed: everything before the signature, with the key's id at its end.
    static func encode(_ manifest: Manifest, key signing: BackupKey? = nil) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(manifest), as: UTF8.self)
        var body = String(text.dropLast(2))  // "\n}"
        if let signing {
            body += "\(signer)\(signing.id)\""
            body += "\(signature)\(signing.signature(of: body))\""
        }
        let unsigned = "\(body),\n  \(key)\(blank)\"\n}\n"
        return unsigned.replacing(blank, with: digest(of: unsigned))
    }

    /// Nil where the text is damaged.
    static func decode(_ text: String) -> Manifest? {
        guard let range = text.ranges(of: key).last else { return nil }
        let digits = text[range.upperBound...].prefix(64)
        let unsigned = text[..<digits.startIndex] + blank + text[digits.endIndex...]
        guard digits.utf8.count == 64, digest(of: String(unsigned)) == digits else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let manifest = try? decoder.decode(Manifest.self, from: Data(text.utf8)), manifest.isPlausible else {
            return nil
        }
        return manifest
    }

    /// Who vouches for a text that `decode` could read.
    static func signature(of text: String, _ key: BackupKey?) -> ManifestSignature {
        guard let start = text.ranges(of: signature).last, let mark = text.ranges(of: signer).last,
            mark.upperBound < start.lowerBound
        else { return .none }
        let signed = String(text[..<start.lowerBound])
        // Nothing may stand behind the signature but the digest: it could say other things than what was signed.
        let rest = text[start.upperBound...]
        guard let found = rest.wholeMatch(of: /([0-9a-f]{64})",\n  "manifest_sha256" : "[0-9a-f]{64}"\n}\n/),
            let id = signed[mark.upperBound...].wholeMatch(of: /([0-9a-f]{16})"/)
        else { return .wrong }
        guard let key, key.id == String(id.1) else { return .others }
        return key.isRight(String(found.1), of: signed) ? .ours : .wrong
    }

    private static func digest(of text: String) -> String {
        var digest = RunningDigest()
        digest.update(Array(text.utf8).span)
        return digest.finish()
    }
}
