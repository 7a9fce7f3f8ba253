import Postgres
import TestSupport
import Testing

/// What a person wrote is read as meant, or not at all: a piece of a password must never become a name that is shown.
@Suite("Addresses of Postgres") struct AddressReadingTests {
    /// Each holds the secret in a place where libpq reads something else.
    static let malformed = [
        "postgres://u:top@hunter2@127.0.0.1:5432/db", "postgres://u:top@hunter2/db@127.0.0.1:5432/db",
        "postgres://u:to/hunter2@h/db", "postgres://u:12/hunter2@127.0.0.1:5432/db", "postgres://u:12/hunter2/x@h/db",
        "postgres://u:12/hunter2:x@h", "postgres://u:12/a?sslmode=hunter2@h/db", "postgres://u:p@hunter2?user=x@h/db",
        "postgres://u:p@hunter2:1/db:x@h", "postgres://u:p@a,hunter2@h/db", "postgres://u:p@[hunter2]/db",
        "postgres://u:p@[hunter2::1]/db", "postgres://me@corp:hunter2@h/db", "postgres://u:p@h:hunter2/db",
        "postgres://u:p@h:5432hunter2/db", "postgres://u:p@h:5432@hunter2/db", "postgres://u:p@h:1,g:hunter2/db",
        "postgres://u%3Ahunter2@h/db", "postgres://u%3Ap%40hunter2@h/db", "postgres://u%3Ap%40hunter2/db",
        "postgres://h?password=a@hunter2/db", "postgres://h:5432?password=a@hunter2", "postgres://u:p@h/db/hunter2",
        "postgres://u:p@h/db:hunter2", "postgres://u:p@h/@hunter2", "postgres://u:p@hun ter2/hunter2:",
        "postgres://u:p@h/db?secret=1&x=a@hunter2", "postgres://u:p@::1/hunter2", "postgres://u:p@hunter2:/:db",
        "postgres://h:1/db#hunter2", "postgres://u:p@h/db%20password=hunter2",
        "host=h dbname='host=x password=hunter2'",
        "host=h dbname=u:hunter2@h", "host=h user=u:hunter2@h", "hostaddr=hunter2 port=1",
        "postgresql://u:p@hunter2\r/db", "postgres://u:p@hunter2/db\n", "host=u:top@hunter2 dbname=db",
        "host=h dbname=postgres://u:hunter2@h/db", "host=h port=hunter2", "host=h port=+5432 password=hunter2",
        "host=postgres://u:hunter2@h/db", "hostaddr=u:hunter2@h", "user=postgres://u:hunter2@h host=h",
        " postgres://u:hunter2@h/db", "Postgres://u:hunter2@h/db?sslmode=prefer", "postgres:/u:hunter2@h/db?a=b",
        "jdbc:postgresql://h/db?user=u&password=hunter2", "\"postgres://u:hunter2@h/db?sslmode=prefer\"",
    ]

    @Test(arguments: malformed) func `what libpq would split otherwise than it was meant is malformed`(text: String) {
        let fault = #expect(throws: PostgresFault.self) { try PostgresSettings(conninfo: text) }
        #expect(fault == .malformedURL)
        #expect(fault.map { "\($0) \($0.hint ?? "")" }?.contains("hunter2") == false)
    }

    struct Right: Sendable {
        let text: String
        let place: String

        init(_ text: String, _ place: String) {
            self.text = text
            self.place = place
        }
    }

    static let right = [
        Right("postgres://u:p%40ss%2Fw%3Ard%3F@h:1/db", "h:1/db as u"),
        Right("postgres://u:a:b?c#d&e=f@h:1/db", "h:1/db as u"),
        Right("postgres://u:pa ss[1]@h:1/db", "h:1/db as u"),
        Right("postgres://u:p@%2Frun%2Fpg:7/db", "/run/pg:7/db as u"),
        Right("postgres://u@/db?host=/run/pg&port=7", "/run/pg:7/db as u"),
        Right("postgres://u@%40pg:7/db", "@pg:7/db as u"),
        Right("postgres://u:p@[::1]:7/db", "::1:7/db as u"),
        Right("postgres://u@[fe80::1%25eth0]:7/db", "fe80::1%eth0:7/db as u"),
        Right("postgres://u:p@a:1,b:2,[::1]:3/db", "a,b,::1:1,2,3/db as u"),
        Right("postgres://u:p@a,b:2/db", "a,b:,2/db as u"),
        Right("postgres://u:p@my_host-1.example.org:7/my%20db%40x", "my_host-1.example.org:7/my db@x as u"),
        Right("postgresql://u:p@h:7/db?sslmode=require&options=-csearch_path%3Dx", "h:7/db as u"),
        Right("postgres://u:p@h:7/db?ssl=true", "h:7/db as u"),
        Right("postgres://h/db?port=7&user=me@corp", "h:7/db as me@corp"),
        Right("host=h port=7 dbname=a@b:c/d user='me@corp' password='a b@c/d'", "h:7/a@b:c/d as me@corp"),
        Right("postgres://b\u{FC}cher.example:7/db?user=u", "b\u{FC}cher.example:7/db as u"),
        Right("postgres://u:p@h:7/db?passfile=/home/u/.pgpass", "h:7/db as u"),
    ]

    @Test(arguments: right) func `what can only be read as it was meant stays right`(address: Right) throws {
        #expect(try PostgresSettings(conninfo: address.text).description == address.place)
    }

    @Test(arguments: [
        ("postgres://u:p@h/db?schema=public", "schema"),
        ("postgres://u:p@h/db?sslmode=require&pgbouncer=true", "pgbouncer"),
        ("postgres://h/db?connection_limit=3&schema=x", "connection_limit"),
    ]) func `a parameter that libpq lacks is named`(text: String, name: String) {
        let fault = #expect(throws: PostgresFault.self) { try PostgresSettings(conninfo: text) }
        #expect(fault == .unknownParameter(name: name))
        #expect(fault?.summary.contains("'\(name)'") == true && fault?.hint?.contains("'\(name)'") == true)
    }

    @Test(arguments: [
        "postgres://u:p@hunter?two=1@h/db", "postgres://h/db?password=a&hunter2=b", "postgres://h/db?a@b&hunter2=b",
        "postgres://u:12/x?hunter2=1@h/db",
    ]) func `a parameter's name that may be a piece of a password is not named`(text: String) {
        #expect(throws: PostgresFault.malformedURL) { try PostgresSettings(conninfo: text) }
    }

    /// Passwords of random signs, as a person pastes them: what is shown of the address never holds a piece of four signs of them,
    /// unless it was written with percent signs.
    @Test func `no raw password ever shows in a place`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let signs = Array("ab1@:/?#[]%,&= .-_\\'\"")
        for _ in 0..<4000 {
            let noise = String(
                (0..<Int.random(in: 0...6, using: &random)).compactMap { _ in signs.randomElement(using: &random) })
            let more = String(
                (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in signs.randomElement(using: &random) })
            let text = "postgres://ann:\(noise)hunter2\(more)@db.example:5432/prices"
            guard let settings = try? PostgresSettings(conninfo: text) else { continue }
            #expect(settings.description == "db.example:5432/prices as ann", "\(text)")
        }
    }
}
