/// Reads a dump through the gate, and loads nothing.
enum DumpCheck {
    /// - Returns: What the dump brings that would act by itself.
    /// - Throws: `BackupFault.refused`; `GzipFault`, `CancellationError`.
    static func objects(in archive: RestoreArchive) throws -> [String] {
        var gate = DumpGate()
        do {
            _ = try ArchiveReader.read(archive.path) { try gate.feed($0) { _ in } }
            try gate.finish { _ in }
        } catch let refusal as DumpGate.Refusal {
            throw BackupFault.refused(file: archive.name, what: refusal.what)
        }
        return gate.objects
    }
}
