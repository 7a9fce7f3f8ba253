package import Resilience

/// Trouble with the host's state folder.
package enum JournalFault: Fault, Equatable {
    /// It cannot be read or written; no request may be sent, since nobody knows what the others have sent.
    case unreadable(path: String, problem: String)
    /// An earlier program made it, and who only reads cannot bring it up to date.
    case older(path: String, found: Int, known: Int)
    /// A later program has changed it.
    case newer(path: String, found: Int, known: Int)
    /// Another run holds the lock; `holder` says which, where it is known.
    case busy(name: String, holder: String?)

    package var code: String {
        switch self {
        case .unreadable, .older: "journal-unreadable"
        case .newer: "journal-newer"
        case .busy: "lock-busy"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .unreadable, .older: .storage
        case .newer: .configuration
        case .busy: .busy
        }
    }
    package var disposition: Disposition {
        switch self {
        case .unreadable, .older, .newer: .permanent
        case .busy: .retryable(after: nil)
        }
    }
    package var summary: String {
        switch self {
        case .unreadable(let path, let problem): "the journal \(path) cannot be used: \(problem)"
        case .older(let path, let found, let known):
            "the journal \(path) has version \(found), and this program reads version \(known)"
        case .newer(let path, let found, let known):
            "the journal \(path) has version \(found), and this program knows versions up to \(known)"
        case .busy(let name, let holder?): "'\(name)' is already running: \(holder)"
        case .busy(let name, nil): "'\(name)' is already running in another process"
        }
    }
    package var hint: String? {
        switch self {
        case .unreadable:
            "check that the folder of STATE_DIR is yours, writable and has room; if the file is damaged, move it away"
        case .older: "let 'ingest' or 'ops' of this version run once on this host: that brings it up to date"
        case .newer: "use the program's newer version, or point STATE_DIR to another folder"
        case .busy: "wait until it has finished, or stop it"
        }
    }
}
