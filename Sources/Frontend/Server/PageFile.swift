import CDispatch
import Candles
import Foundation
import HTTPServer
import SystemPackage

/// A regular file, read whole; never what a link leads to.
struct PageFile: Sendable, Equatable {
    static let largest = 4 << 20

    let bytes: [UInt8]
    let modified: HTTPDate

    /// Nil where there is no regular file of that name.
    ///
    /// - Throws: `PageFault`.
    init?(at path: String, largest: Int = Self.largest) throws {
        let stat: Stat
        do throws(Errno) {
            stat = try FilePath(path).stat(followTargetSymlink: false)
        } catch .noSuchFileOrDirectory {
            return nil
        } catch {
            throw PageFault.unreadable(path: path, reason: "\(error)")
        }
        guard stat.type == .regular else { return nil }
        bytes = try Self.read(path, largest)
        modified = HTTPDate(seconds: Int64(stat.st_mtim.tv_sec))
    }

    private static func read(_ path: String, _ largest: Int) throws -> [UInt8] {
        let data: Data
        do {
            // It may have become a link or a pipe since it was looked at.
            let options: FileDescriptor.OpenOptions = [.noFollow, .nonBlocking, .closeOnExec]
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: options)
            let handle = FileHandle(fileDescriptor: file.rawValue, closeOnDealloc: true)
            data = try handle.read(upToCount: largest + 1) ?? Data()
        } catch {
            throw PageFault.unreadable(path: path, reason: "\(error)")
        }
        if data.count > largest { throw PageFault.tooLarge(path: path, limit: largest) }
        return [UInt8](data)
    }
}
