package import Foundation

/// Where the parts of this installation are, found from the running program.
package enum Installation {
    /// The running program itself, through links.
    package static var program: URL { URL(filePath: "/proc/self/exe").resolvingSymlinksInPath() }

    /// A program of ours, beside this one.
    package static func program(_ name: String) -> URL {
        program.deletingLastPathComponent().appending(path: name)
    }

    /// A script of the clone that this program was built in, else of the working folder.
    package static func script(_ name: String) -> URL {
        let path = "scripts/\(name)"
        var folder = program.deletingLastPathComponent()
        while folder.path != "/" {
            let script = folder.appending(path: path)
            if FileManager.default.isExecutableFile(atPath: script.path) { return script }
            folder.deleteLastPathComponent()
        }
        return URL(filePath: path)
    }

    /// The files that the build puts beside the program for one of its targets.
    package static func resources(of target: String) -> URL {
        program.deletingLastPathComponent().appending(
            path: "cryptotrader_\(target).resources", directoryHint: .isDirectory)
    }
}
