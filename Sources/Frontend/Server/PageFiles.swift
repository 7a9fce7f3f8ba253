import CDispatch
import Candles
package import Foundation
import HTTPServer
import Host
package import Resilience
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

/// A file of the page as it goes over the wire: without comments that fill lines of their own, indentation and empty lines.
///
/// A script with a template literal over several lines is left as it is, since white space counts in there.
package enum PageText {
    /// The same of a file's bytes, which are UTF-8 where its name's end says that it is text.
    static func lean(_ bytes: [UInt8], name: String) -> [UInt8] {
        ["js", "css", "html"].contains(name.split(separator: ".").last)
            ? Array(lean(String(decoding: bytes, as: UTF8.self), name: name).utf8) : bytes
    }

    /// What `text` needs to work; `text` itself where `name` ends in something else than `.js`, `.css` or `.html`.
    package static func lean(_ text: String, name: String) -> String {
        let marks: (open: String, close: String, line: String?)
        switch name.split(separator: ".").last {
        case "js": marks = ("/*", "*/", "//")
        case "css": marks = ("/*", "*/", nil)
        case "html": marks = ("<!--", "-->", nil)
        default: return text
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if marks.line != nil, lines.contains(where: spansLines) { return text }
        var isInside = false
        let left = lines.map { line in
            let bare = line.trimmingCharacters(in: .whitespaces)
            if !isInside, let mark = marks.line, bare.hasPrefix(mark) { return "" }
            guard isInside || bare.hasPrefix(marks.open) else { return bare }
            isInside = !bare.contains(marks.close)
            guard !isInside, let end = bare.range(of: marks.close) else { return "" }
            return bare[end.upperBound...].trimmingCharacters(in: .whitespaces)
        }
        return left.filter { !$0.isEmpty }.joined(separator: "\n") + (text.hasSuffix("\n") ? "\n" : "")
    }

    private static func spansLines(_ line: Substring) -> Bool {
        line.count { $0 == "`" } % 2 == 1
    }
}

/// Why the files of the page could not be taken in.
package enum PageFault: Fault, Equatable {
    case noPage(folder: String)
    case unreadable(path: String, reason: String)
    case tooLarge(path: String, limit: Int)

    package var code: String { "page-unreadable" }
    package var kind: FaultKind { .configuration }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .noPage(let folder): "there is no index.html in '\(folder)'"
        case .unreadable(let path, let reason): "cannot read '\(path)': \(reason)"
        case .tooLarge(let path, let limit): "'\(path)' is larger than \(limit) bytes"
        }
    }
    package var hint: String? { "build the program again; the page's files lie beside it" }
}

/// Where the files of the page are.
package enum PublicFolder {
    /// The folder that the build puts beside the program.
    package static var besideProgram: URL {
        Installation.resources(of: "Frontend").appending(path: "Public", directoryHint: .isDirectory)
    }
}
