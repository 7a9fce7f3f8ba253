import Testing

/// Everything of `Ops` that needs no program of ours.
@Suite struct OpsTests {}
