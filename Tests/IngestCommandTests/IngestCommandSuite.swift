import Testing

/// Tests of the built commands, each with an exchange and a host of its own.
///
/// One after another: they measure budgets and race kills against runs, and a second test on the same cores would only
/// make both slower.
@Suite("End to end", .serialized) enum IngestCommandSuite {}
