import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { longest } from "./support/group.mjs";
import { ask, sendRaw } from "./support/raw.mjs";
import { World } from "./support/world.mjs";

describe("which names the server answers to", { timeout: longest }, () => {
    /** @type {World} */
    let world;
    before(async () => {
        world = await World.start();
        await world.backfill(["BTCUSD-1m"]);
        await world.serve({ ALLOWED_HOSTS: "dash.lan" });
    });
    after(() => world?.stop());

    const paths = ["/", "/api/v1/summary", "/api/v1/candles?symbol=BTCUSD&timeframe=1m", "/api/v1/events", "/js/main.js", "/health/ping"];
    const foreign = ["evil.example", "127.0.0.1.evil.example", "evil.example:5176", "dash.lan.evil.example", "xn--dash.lan", "[::2]"];
    for (const path of paths) {
        test(`a foreign name is refused at ${path}`, async () => {
            for (const host of foreign) {
                const answer = await ask(world.port, path, { hosts: [host] });
                assert.equal(answer.status, 421, host);
                guarded(answer);
            }
        });
    }

    test("its own names are answered, in any spelling", async () => {
        for (const host of [`127.0.0.1:${world.port}`, "localhost", "LOCALHOST:80", "dash.lan", "Dash.Lan.", "[::1]:5176"]) {
            assert.equal((await ask(world.port, "/", { hosts: [host] })).status, 200, host);
        }
    });

    test("no name, two names and a name that is none are bad requests", async () => {
        for (const hosts of [[], ["localhost", "localhost"], ["localhost", "evil.example"], ["local host"], ["a@localhost"], [""]]) {
            const { status } = await ask(world.port, "/", { hosts });
            assert.equal(status, 400, JSON.stringify(hosts));
        }
    });

    test("an address in the first line does not get around the rule", async () => {
        const answer = await sendRaw(world.port, `GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        assert.ok([400, 404, 421].includes(answer.status), `${answer.status}`);
    });

    test("every refusal carries the policy", async () => {
        const refusals = {
            "404": await ask(world.port, "/nothing"), "404 of the API": await ask(world.port, "/api/v1/nothing"),
            "405": await ask(world.port, "/", { method: "DELETE" }),
            "405 of the API": await ask(world.port, "/api/v1/summary", { method: "POST", headers: { "Content-Length": "0" } }),
            "421": await ask(world.port, "/", { hosts: ["evil.example"] }),
            "400": await ask(world.port, "/api/v1/candles?symbol=BTCUSD&timeframe=1m&limit=none"),
        };
        for (const [name, answer] of Object.entries(refusals)) {
            assert.equal(answer.status, parseInt(name, 10), name);
            guarded(answer);
        }
        assert.match(refusals["405"].headers.allow, /GET.*HEAD/);
        assert.match(refusals["404 of the API"].headers["content-type"], /^application\/problem\+json/);
    });
});

/** @param {Awaited<ReturnType<typeof ask>>} answer */
function guarded({ headers }) {
    assert.match(headers["content-security-policy"] ?? "", /default-src 'none'/);
    assert.equal(headers["x-content-type-options"], "nosniff");
}
