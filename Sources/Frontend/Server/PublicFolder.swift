package import Foundation

/// Where the files of the page are.
package enum PublicFolder {
    /// The folder that the build puts beside the program.
    package static var besideProgram: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "cryptotrader_Frontend.resources/Public", directoryHint: .isDirectory)
    }
}
