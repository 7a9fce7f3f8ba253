package import Candles
import Gzip
import Resilience

/// Reads a backup's file from end to end, and compares every byte and every row with its manifest.
package enum FastVerification {
    /// - Throws: `GzipFault.unreadable` where the file cannot be read at all, `CancellationError`.
    package static func run(
        _ path: String, _ manifest: Manifest, now: @Sendable () -> UnixMilliseconds
    ) throws -> Manifest.Verification {
        let started = ContinuousClock.now
        let problem = try problem(path, manifest)
        return Manifest.Verification(
            depth: .fast, at: now().iso8601, passed: problem == nil,
            milliseconds: (ContinuousClock.now - started).milliseconds, problem: problem)
    }

    /// What can be seen to be wrong with a file that has no manifest; nil for nothing.
    ///
    /// - Throws: As `run`.
    static func problem(_ path: String, ofType type: BackupType) throws -> String? {
        var content = RawContent(type)
        do {
            _ = try ArchiveReader.read(path) { content.feed($0) }
        } catch let fault as GzipFault {
            if case .unreadable = fault { throw fault }
            return fault.summary
        }
        return content.problem()
    }

    private static func problem(_ path: String, _ manifest: Manifest) throws -> String? {
        var content = RawContent(manifest.type)
        do {
            let (compressed, raw) = try ArchiveReader.read(path) { content.feed($0) }
            if compressed != manifest.compressed { return "the file differs from the one that was written" }
            if raw != manifest.raw { return "its content differs from the one that was written" }
        } catch let fault as GzipFault {
            if case .unreadable = fault { throw fault }
            return fault.summary
        }
        return content.problem(manifest)
    }
}
