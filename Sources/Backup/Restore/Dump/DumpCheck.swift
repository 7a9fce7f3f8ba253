/// Reads a dump through the gate, and loads nothing.
enum DumpCheck {
    /// - Returns: What the dump brings that would act by itself.
    /// - Throws: `BackupFault.refused`, `.damaged`, `.tooLarge`; `GzipFault`, `CancellationError`.
    static func objects(in archive: RestoreArchive) throws -> [String] {
        var gate = DumpGate()
        var scanner = DumpScanner()
        do {
            let limit = try UnpackLimit(ofDump: archive)
            var bytes = 0
            _ = try ArchiveReader.read(archive.path) { piece in
                bytes += piece.count
                if bytes > limit.bytes { throw BackupFault.tooLarge(file: archive.name, limit: limit) }
                scanner.feed(piece)
                try gate.feed(piece) { _ in }
            }
            if let problem = scanner.problem { throw BackupFault.damaged(file: archive.name, problem: problem) }
            try gate.finish { _ in }
        } catch let refusal as DumpGate.Refusal {
            throw BackupFault.refused(file: archive.name, what: refusal.what)
        }
        return gate.objects
    }
}
