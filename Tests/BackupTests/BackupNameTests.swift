import Backup
import Candles
import Testing

@Suite("Backup names") struct BackupNameTests {
    @Test func `a name says its type and the second, and is read back`() throws {
        let time = try UnixMilliseconds(iso8601: "2026-11-21T02:00:07Z")
        let name = BackupName(.postgres, at: time + 999)
        #expect(name.file == "postgres_backup_20261121_020007.sql.gz")
        #expect(name.manifest == "postgres_backup_20261121_020007.manifest.json")
        #expect(BackupName(file: name.file) == BackupName(.postgres, at: time))
        #expect(BackupName(.sqlite, at: time).file == "sqlite_backup_20261121_020007.db.gz")
        #expect(BackupName(.journal, at: time).file == "journal_backup_20261121_020007.db.gz")
    }

    @Test(arguments: [
        "sqlite_backup_20261121_020007.db", "sqlite_backup_20261121_020007.sql.gz",
        "sqlite_backup_20261321_020007.db.gz",
        "sqlite_backup_20260230_020007.db.gz", "sqlite_backup_20261121_250007.db.gz",
        "sqlite_backup_20261121_02000.db.gz",
        "sqlite_backup_20261121_0200077.db.gz", "xsqlite_backup_20261121_020007.db.gz", "sqlite_backup_.db.gz",
        "sqlite_backup_2026112é_020007.db.gz", "mysql_backup_20261121_020007.db.gz", "",
        "sqlite_backup_20261121_020007.db.gz ",
    ])
    func `no other name is taken for ours`(name: String) {
        #expect(BackupName(file: name) == nil)
    }
}
