import Foundation
import SystemPackage

/// The files of a folder that browsers may have, by the path under which they ask for them.
struct PageFiles {
    private(set) var files: [String: PageFile] = [:]
    /// Links, hidden files, and files of no type that is served; paths within the folder.
    private(set) var skipped: [String] = []

    private let top: URL

    /// Walks the folder and those in it, without following links.
    ///
    /// - Throws: `PageFault`.
    init(of folder: URL) throws {
        top = folder
        try walk("")
        if files["/index.html"] == nil { throw PageFault.noPage(folder: folder.path) }
    }

    /// What a file is served as, by its name's end; nil is not served.
    static func mediaType(of name: String) -> String? {
        guard !name.hasPrefix("."), name.utf8.allSatisfy(isPlain) else { return nil }
        return switch URL(filePath: name).pathExtension {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml; charset=utf-8"
        case "json": "application/json; charset=utf-8"
        case "webmanifest": "application/manifest+json; charset=utf-8"
        case "txt": "text/plain; charset=utf-8"
        case "png": "image/png"
        case "ico": "image/vnd.microsoft.icon"
        case "woff2": "font/woff2"
        default: nil
        }
    }

    private mutating func walk(_ folder: String) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: top.path + folder).sorted()
        } catch {
            throw PageFault.unreadable(path: top.path + folder, reason: error.localizedDescription)
        }
        for name in names { try take("\(folder)/\(name)", name) }
    }

    private mutating func take(_ path: String, _ name: String) throws {
        if isFolder(path), !name.hasPrefix("."), name.utf8.allSatisfy(Self.isPlain) {
            try walk(path)
        } else if Self.mediaType(of: name) != nil, let file = try PageFile(at: top.path + path) {
            files[path] = file
        } else {
            skipped.append(String(path.dropFirst()))
        }
    }

    /// Not what a link leads to.
    private func isFolder(_ path: String) -> Bool {
        (try? FilePath(top.path + path).stat(followTargetSymlink: false))?.type == .directory
    }

    /// What needs no escape in a target.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
