import Testing

/// Tests of the built commands, each with a host of its own.
///
/// One after another: they race kills against runs, and a second test on the same cores would make both slower.
@Suite("Ops", .serialized) enum OpsCommandSuite {}
