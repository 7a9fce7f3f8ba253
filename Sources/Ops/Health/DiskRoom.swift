package import Alerts
import Foundation
import SystemPackage

/// The room on the file system that a path lies on.
package struct DiskRoom: Sendable, Equatable {
    package let path: String
    /// Bytes that this user may still write.
    package let free: Int64
    package let total: Int64
    /// Tells one file system from another; nil where that is not known.
    package let device: Int64?

    package init(path: String, free: Int64, total: Int64, device: Int64? = nil) {
        self.path = path
        self.free = free
        self.total = total
        self.device = device
    }

    /// Asks about the path, or about the nearest folder above that exists; nil where there is no answer.
    package init?(of path: String) {
        var url = URL(filePath: path)
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
        guard let values = try? FileManager.default.attributesOfFileSystem(forPath: url.path),
            let free = values[.systemFreeSize] as? NSNumber, let total = values[.systemSize] as? NSNumber
        else { return nil }
        let device = (try? FilePath(url.path).stat()).map { Int64(truncatingIfNeeded: $0.rawValue.st_dev) }
        self.init(path: path, free: free.int64Value, total: total.int64Value, device: device)
    }

    /// How bad it is: nil where there is enough.
    ///
    /// Little is less than 2 GB and less than a tenth; next to nothing is less than 500 MB and less than a twentieth.
    package var severity: Severity? {
        let share = total > 0 ? Double(free) / Double(total) : 1
        if free < 500_000_000, share < 0.05 { return .critical }
        if free < 2_000_000_000, share < 0.1 { return .warning }
        return nil
    }

    /// In words, what there should be for this not to be said.
    static func limit(_ severity: Severity) -> String {
        severity == .critical ? "at least 0.5 GB, or a twentieth" : "at least 2 GB, or a tenth"
    }
}
