// Checks calls as receivers do: by the library of standardwebhooks.com, and by the sample of docs/webhooks.md.
// node verify.mjs '{"modules":…,"sample":…,"secret":…,"other":…,"calls":[{"headers":{…},"body":"base64"}]}'
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const config = JSON.parse(process.argv[2]);
const { Webhook } = createRequire(`${config.modules}/`)("standardwebhooks");
const { verify } = await import(pathToFileURL(config.sample));
const tools = {
  library: (secret, headers, body) => new Webhook(secret).verify(body.toString("utf8"), headers),
  sample: (secret, headers, body) => verify(secret, headers, body),
};

for (const [name, check] of Object.entries(tools)) {
  for (const { headers, body: base64 } of config.calls) {
    const body = Buffer.from(base64, "base64");
    assert.equal(check(config.secret, headers, body).id, headers["webhook-id"]);
    assert.throws(() => check(config.other, headers, body), "another secret");
    assert.throws(() => check(config.secret, headers, Buffer.concat([body, Buffer.from(" ")])), "another body");
    assert.throws(() => check(config.secret, { ...headers, "webhook-id": "x" }, body), "another id");
    const old = String(Number(headers["webhook-timestamp"]) - 3600);
    assert.throws(() => check(config.secret, { ...headers, "webhook-timestamp": old }, body), "another time");
    assert.throws(() => check(config.secret, { ...headers, "webhook-signature": "v1,AAAA" }, body), "another signature");
    assert.throws(() => check(config.secret, { ...headers, "webhook-signature": undefined }, body), "no signature");
  }
  console.log(`ok: ${name}`);
}
