import Foundation
import NIOConcurrencyHelpers
import SystemPackage

/// A log file that other processes may append to as well, and that may be renamed at any time.
///
/// Each call writes whole lines with one `write(2)` at the file's end, which the kernel does not mix with those of others. At most
/// once a second it looks whether its name still stands for the same file, and opens a new one where not; so whoever renames a
/// file finds lines added to it for about a second more. File and folder are for their owner alone.
package final class ReopeningFile: Sendable {
    package let path: String
    private let checkEvery: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let complain: @Sendable (String) -> Void
    private let state = NIOLockedValueBox(State())

    private struct State {
        var file: FileDescriptor?
        var identity: FileIdentity?
        var checkedAt: ContinuousClock.Instant?
        /// The last line may lack its line feed: a full disk cut it, ours or another process's.
        var mayBeTorn = false
        var lost = 0
        var complainedAt: ContinuousClock.Instant?
    }

    /// `complain` gets a sentence when lines cannot be written, at most once a minute; by default it goes to stderr.
    package init(
        _ path: String, checkEvery: Duration = .seconds(1),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        complain: @escaping @Sendable (String) -> Void = { StandardError.write(Array("\($0)\n".utf8)) }
    ) {
        self.path = path
        self.checkEvery = checkEvery
        self.now = now
        self.complain = complain
    }

    deinit {
        // What was written is with the kernel: closing can lose nothing.
        state.withLockedValue { try? $0.file?.close() }
    }

    /// How often lines could not be written, or not wholly.
    package var lost: Int { state.withLockedValue { $0.lost } }

    /// Appends whole lines, each with its line feed; never fails, since whoever logs has troubles enough.
    package func append(_ lines: [UInt8]) {
        let complaint = state.withLockedValue { state in
            let now = now()
            do {
                try write(lines, at: now, &state)
                return String?.none
            } catch {
                state.lost += 1
                state.mayBeTorn = true
                if let last = state.complainedAt, now - last < .seconds(60) { return nil }
                state.complainedAt = now
                return "cannot write to the log \(path): \(error); lines are lost until that is mended"
            }
        }
        if let complaint { complain(complaint) }
    }

    private func write(_ lines: [UInt8], at now: ContinuousClock.Instant, _ state: inout State) throws {
        if state.checkedAt.map({ now - $0 >= checkEvery }) ?? true { try check(at: now, &state) }
        guard let file = state.file else {
            state.checkedAt = nil
            throw Errno.noSuchFileOrDirectory
        }
        let isTorn = state.mayBeTorn && Self.endsTorn(file)
        let bytes = isTorn ? [Self.lineFeed] + lines : lines
        guard try file.writeOnce(bytes) == bytes.count else { throw Errno.noSpace }
        state.mayBeTorn = false
    }

    /// Keeps the file that is open where no other can be opened: better a line under an old name than none.
    private func check(at now: ContinuousClock.Instant, _ state: inout State) throws {
        // Another process may have torn its line, while this one had nothing to write.
        state.mayBeTorn = true
        if state.file != nil, state.identity == FileIdentity(path: path) {
            state.checkedAt = now
            return
        }
        do {
            let file = try open()
            state.identity = try FileIdentity(file)
            try? state.file?.close()  // nothing is lost by it
            state.file = file
            state.checkedAt = now
        } catch {
            if state.file == nil { throw error }
        }
    }

    private func open() throws -> FileDescriptor {
        do {
            return try openFile()
        } catch Errno.noSuchFileOrDirectory {
            try FileManager.default.createDirectory(
                at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            return try openFile()
        }
    }

    private func openFile() throws -> FileDescriptor {
        try FileDescriptor.open(
            FilePath(path), .readWrite, options: [.append, .create, .closeOnExec], permissions: .ownerReadWrite)
    }

    private static let lineFeed = UInt8(ascii: "\n")

    private static func endsTorn(_ file: FileDescriptor) -> Bool {
        guard let size = try? file.stat().size, size > 0 else { return false }
        return (try? file.byte(at: size - 1)) != lineFeed
    }
}
