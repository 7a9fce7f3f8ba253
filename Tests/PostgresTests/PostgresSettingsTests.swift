import Postgres
import Resilience
import Testing

struct PostgresSettingsTests {
    @Test(arguments: [
        "postgres://ann:s3cret%25@db.example:6000/prices", "postgresql://ann:s3cret%25@db.example:6000/prices",
        "host=db.example port=6000 dbname=prices user=ann password='s3cret%'",
    ]) func `a URL and keywords say the same`(conninfo: String) throws {
        let settings = try PostgresSettings(conninfo: conninfo)
        #expect(
            settings
                == PostgresSettings(
                    host: "db.example", port: 6000, database: "prices", user: "ann", password: "s3cret%"))
        #expect(settings.identity == "db.example:6000/prices")
        #expect(settings.description == "db.example:6000/prices as ann")
    }

    @Test func `nothing that prints settings prints the password`() throws {
        let settings = try PostgresSettings(conninfo: "postgres://ann:s3cret@db.example/prices")
        var dumped = ""
        dump([settings], to: &dumped)
        for text in ["\(settings)", String(reflecting: [settings]), dumped] { #expect(!text.contains("s3cret")) }
    }

    @Test(arguments: [
        "postgres://u:s3cret%zz@h/d", "postgres://u:s3cret@h/d?nonsense=1", "mysql://u:s3cret@h/d", "host=h s3cret",
        "password='s3cret", "postgres://h:port/d", "host=h port=70000", "host=h\0port=1",
        "service=s3cret",
    ]) func `what cannot be read is malformed and not repeated`(conninfo: String) {
        let fault = #expect(throws: PostgresFault.self) { try PostgresSettings(conninfo: conninfo) }
        #expect(fault?.code == "database-url-malformed")
        #expect(fault?.description.contains("s3cret") == false)
    }

    @Test func `the database is named like the user unless given`() throws {
        #expect(try PostgresSettings(conninfo: "postgres://ann@h").identity == "h:5432/ann")
    }

    @Test func `a socket folder is a host`() throws {
        #expect(try PostgresSettings(conninfo: "postgres://ann@%2Frun%2Fpg:7/d").identity == "/run/pg:7/d")
    }

    @Test func `programs find the same place by their environment`() throws {
        let url = "postgres://ann:s3cret%25@db.example:6000/o'dd%20name?sslmode=require&options=-c%20a%3Db&keepalives=1"
        let environment = try PostgresSettings(conninfo: url).environment
        let expected = [
            "PGHOST": "db.example", "PGPORT": "6000", "PGDATABASE": "o'dd name", "PGUSER": "ann",
            "PGPASSWORD": "s3cret%", "PGSSLMODE": "require", "PGOPTIONS": "-c a=b",
        ]
        #expect(environment.filter { expected.keys.contains($0.key) } == expected)
        #expect(environment["PGSERVICE"] == nil)
    }

    @Test func `what was not given is what this process would use`() throws {
        let settings = try PostgresSettings(conninfo: "postgres://ann@h")
        #expect(settings.environment["PGDATABASE"] == "ann")
        #expect(settings.environment["PGPORT"] == settings.port)
        let mine = try PostgresSettings(conninfo: "dbname=d")
        #expect(!mine.user.isEmpty && mine.environment["PGUSER"] == mine.user)
    }
}
