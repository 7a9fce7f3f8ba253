import Backup

extension RestoreArchive {
    /// One with a manifest is as if this installation had made it.
    init(path: String, manifest: Manifest?) { self.init(path: path, manifest: manifest, isOurs: manifest != nil) }
}
