import Journal

/// Which channels are told of an alert.
package struct AlertRoute: Sendable, Equatable {
    /// Those of the process that raises it.
    package let channels: [String]
    /// Those that are not told of it, whatever other processes have.
    package let excluded: [String]

    package init(channels: [String], excluded: [String] = []) {
        self.channels = channels
        self.excluded = excluded
    }
}

/// A channel of a process that delivers.
package struct KnownChannel: Sendable, Equatable {
    package let name: String
    package let configuration: String
    /// The least severity that it is told.
    package let threshold: Int

    package init(name: String, configuration: String, threshold: Int) {
        self.name = name
        self.configuration = configuration
        self.threshold = threshold
    }
}
