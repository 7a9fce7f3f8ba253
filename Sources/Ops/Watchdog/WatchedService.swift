package import Host

/// A service that is watched, and how it is started again.
package struct WatchedService: Sendable, Equatable {
    /// What its state is read from, and what starts and stops it.
    package enum Control: Sendable, Equatable {
        /// A unit of the user's systemd, or of the machine's.
        case unit(String, isOfUser: Bool)
        /// A process that wrote its number into a file; `start` is a program and its arguments.
        case pidFile(String, start: [String])
    }

    /// A log file that grows while the service works.
    package struct Log: Sendable, Equatable {
        package let path: String
        /// Older than this, nobody has written to it for too long.
        package let age: Duration
        /// The last lines, of which at least one matches one of the patterns; without patterns any line will do.
        package let lines: Int
        package let patterns: [String]

        package init(path: String, age: Duration, lines: Int = 100, patterns: [String] = []) {
            self.path = path
            self.age = age
            self.lines = lines
            self.patterns = patterns
        }
    }

    /// A beat that the service leaves in the host's journal.
    package struct Beat: Sendable, Equatable {
        package let name: String
        package let age: Duration

        package init(name: String, age: Duration) {
            self.name = name
            self.age = age
        }
    }

    package let name: String
    package let control: Control
    /// A regular expression over command lines: what else is killed before the service is started.
    package var process: String?
    /// Whose processes may be killed by the pattern, and whose process a pid file may name.
    package var owner: ProcessOwner?
    package var log: Log?
    package var healthURL: String?
    package var beat: Beat?
    /// An endpoint that has not answered, or a unit that has not settled, for so long is frozen.
    package var freezeThreshold = Duration.seconds(300)
    /// In any hour.
    package var maxRestarts = 3
    package var restartsOnFreeze = true

    package init(name: String, control: Control) {
        self.name = name
        self.control = control
    }
}

/// What a service has that does not say otherwise.
package struct WatchdogDefaults: Sendable {
    package let freezeThreshold: Duration
    package let maxRestarts: Int
    package let restartsOnFreeze: Bool

    package init(freezeThreshold: Duration, maxRestarts: Int, restartsOnFreeze: Bool) {
        self.freezeThreshold = freezeThreshold
        self.maxRestarts = maxRestarts
        self.restartsOnFreeze = restartsOnFreeze
    }
}
