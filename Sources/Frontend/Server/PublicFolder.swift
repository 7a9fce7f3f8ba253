package import Foundation
import Host

/// Where the files of the page are.
package enum PublicFolder {
    /// The folder that the build puts beside the program.
    package static var besideProgram: URL {
        Installation.resources(of: "Frontend").appending(path: "Public", directoryHint: .isDirectory)
    }
}
