import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { longest } from "./support/group.mjs";
import { ask } from "./support/raw.mjs";
import { World } from "./support/world.mjs";

describe("requests for files", { timeout: longest }, () => {
    /** @type {World} */
    let world;
    before(async () => {
        world = await World.start();
        const assets = join(world.folder, "assets");
        mkdirSync(assets);
        writeFileSync(join(assets, ".secret"), "secret");
        writeFileSync(join(assets, "stray.txt"), "stray");
        symlinkSync("/etc/passwd", join(assets, "link.txt"));
        await world.serve({ WEB_ASSETS_DIR: assets });
    });
    after(() => world?.stop());

    const outside = [
        "/../", "/../../etc/passwd", "/..", "/.", "/./", "/js/../index.html", "/js/..%2findex.html", "/%2e%2e/%2e%2e/etc/passwd",
        "/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/..%5c..%5cetc", "/..\\..\\etc\\passwd", "/%252e%252e/etc/passwd", "/%c0%ae%c0%ae/",
        "/index.html%00.png", "/%00", "/js/main.js%00", "//", "//js", "//assets", "//evil.example/", "//evil.example/..",
        "/js", "/js/", "/js//main.js", "/js/main.js/", "/js/main.js/.", "/.env", "/.git/config", "/js/.hidden", "/.secret",
        "/assets/.secret", "/assets/stray.txt", "/assets/link.txt", "/stray.txt", "/link.txt", "/package.json", "/Package.swift",
        "/etc/passwd", "/%2fetc%2fpasswd", "/INDEX.HTML", "/js/main.js;x", "/%", "/%zz", "/%e0%80%af", "/js/main.js%20", "/js/main.js.",
    ];
    for (const target of outside) {
        test(`${target} is nothing that is served`, async () => {
            const answer = await ask(world.port, target);
            assert.ok([400, 404].includes(answer.status), `${answer.status} ${answer.body.toString("utf8", 0, 80)}`);
            assert.equal(answer.headers.location, undefined);
            assert.match(answer.headers["content-security-policy"] ?? "", /default-src 'none'/);
            assert.doesNotMatch(answer.body.toString(), /root:|secret|stray/);
        });
    }

    for (const target of ["/", "/js/main.js", "/app.css", "/api/v1/summary", "/health/ping"]) {
        test(`HEAD of ${target} is GET without a body`, async () => {
            const [got, head] = [await ask(world.port, target), await ask(world.port, target, { method: "HEAD" })];
            assert.equal(got.status, 200);
            assert.equal(head.status, 200);
            assert.equal(head.body.length, 0);
            assert.deepEqual(head.names.filter(isLasting).sort(), got.names.filter(isLasting).sort());
            for (const name of ["content-type", "etag", "cache-control", "vary"]) assert.equal(head.headers[name], got.headers[name], name);
            if (!target.startsWith("/api")) assert.equal(head.headers["content-length"], got.headers["content-length"]);
        });
    }

    for (const target of ["/", "/js/main.js", "/app.css"]) {
        test(`what a browser has of ${target} is not sent again`, async () => {
            const { headers } = await ask(world.port, target);
            const { etag } = headers;
            assert.match(etag, /^"[^"]+"$/, "a strong tag");
            for (const wanted of [etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag} , "third"`, "*"]) {
                const answer = await ask(world.port, target, { headers: { "If-None-Match": wanted } });
                assert.equal(answer.status, 304, wanted);
                assert.equal(answer.body.length, 0);
                assert.equal(answer.headers.etag, etag);
                assert.equal(answer.headers["cache-control"], headers["cache-control"]);
            }
            for (const wanted of [`"other"`, etag.slice(1, -1), `"${etag.slice(2)}`, ""]) {
                assert.equal((await ask(world.port, target, { headers: { "If-None-Match": wanted } })).status, 200, wanted);
            }
        });

        test(`${target} is packed for who takes it, under a tag of its own`, async () => {
            const plain = await ask(world.port, target);
            const packed = await ask(world.port, target, { headers: { "Accept-Encoding": "br;q=0.5, gzip" } });
            assert.equal(packed.headers["content-encoding"], "gzip");
            assert.notEqual(packed.headers.etag, plain.headers.etag);
            for (const answer of [plain, packed]) assert.match(answer.headers.vary ?? "", /accept-encoding/i);
            assert.deepEqual(gunzipSync(packed.body), plain.body);
            assert.ok(packed.body.length < plain.body.length);
            for (const wanted of ["gzip;q=0", "identity", "br", "*;q=0, identity"]) {
                const answer = await ask(world.port, target, { headers: { "Accept-Encoding": wanted } });
                assert.equal(answer.headers["content-encoding"], undefined, wanted);
            }
        });
    }

    test("parts of a file are not given", async () => {
        for (const range of ["bytes=0-10", "bytes=-20", "bytes=1000000-", "bytes=5-1", "lines=1-2"]) {
            const answer = await ask(world.port, "/", { headers: { Range: range } });
            assert.equal(answer.status, 200, range);
            assert.equal(answer.headers["content-range"], undefined);
            assert.equal(answer.headers["accept-ranges"], "none");
            assert.equal(answer.body.length, Number(answer.headers["content-length"]));
        }
    });

    test("only GET and HEAD are taken", async () => {
        for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]) {
            const { status, headers } = await ask(world.port, "/", { method, headers: { "Content-Length": "0" } });
            assert.equal(status, 405, method);
            assert.match(headers.allow ?? "", /GET/);
        }
    });

    test("text says that it is UTF-8", async () => {
        for (const target of ["/", "/js/main.js", "/app.css"]) {
            assert.match((await ask(world.port, target)).headers["content-type"], /charset=utf-8/i, target);
        }
    });
});

/** Not of a moment, nor of the connection. @param {string} name */
const isLasting = (name) => !["date", "connection", "transfer-encoding", "content-length", "x-request-id"].includes(name);
