// Calls a gateway with the clients of connectrpc.com, whose messages come from the descriptors alone.
// node clients.mjs '{"modules":…,"descriptors":…,"http":…,"h2c":…,"tls":…,"token":…}'
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const config = JSON.parse(process.argv[2]);
const require = createRequire(`${config.modules}/`);
const { createFileRegistry, fromBinary } = require("@bufbuild/protobuf");
const { FileDescriptorSetSchema } = require("@bufbuild/protobuf/wkt");
const { Code, ConnectError, createClient } = require("@connectrpc/connect");
const node = require("@connectrpc/connect-node");
const web = require("@connectrpc/connect-web");

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(config.descriptors)));
const ErrorInfo = registry.getMessage("google.rpc.ErrorInfo");
const headers = { authorization: `Bearer ${config.token}` };

const transports = {
  "connect-node Connect JSON 1.1": node.createConnectTransport({ baseUrl: config.http, httpVersion: "1.1", useBinaryFormat: false }),
  "connect-node Connect binary 1.1": node.createConnectTransport({ baseUrl: config.http, httpVersion: "1.1", useBinaryFormat: true }),
  "connect-node Connect JSON h2c": node.createConnectTransport({ baseUrl: config.h2c, httpVersion: "2", useBinaryFormat: false }),
  "connect-node Connect binary TLS 2": node.createConnectTransport({ baseUrl: config.tls, httpVersion: "2" }),
  "connect-node Connect gzip TLS 1.1": node.createConnectTransport({
    baseUrl: config.tls, httpVersion: "1.1", useBinaryFormat: false,
    sendCompression: node.compressionGzip, acceptCompression: [node.compressionGzip], compressMinBytes: 10,
  }),
  "connect-node gRPC-Web 1.1": node.createGrpcWebTransport({ baseUrl: config.http, httpVersion: "1.1" }),
  "connect-node gRPC-Web TLS 2": node.createGrpcWebTransport({ baseUrl: config.tls, httpVersion: "2" }),
  "connect-node gRPC-Web gzip": node.createGrpcWebTransport({
    baseUrl: config.http, httpVersion: "1.1", sendCompression: node.compressionGzip, compressMinBytes: 10,
  }),
  "connect-node gRPC TLS 2": node.createGrpcTransport({ baseUrl: config.tls }),
  "connect-web Connect JSON": web.createConnectTransport({ baseUrl: config.http, useBinaryFormat: false }),
  "connect-web Connect binary": web.createConnectTransport({ baseUrl: config.http, useBinaryFormat: true }),
  "connect-web gRPC-Web": web.createGrpcWebTransport({ baseUrl: config.http }),
  "connect-web gRPC-Web TLS": web.createGrpcWebTransport({ baseUrl: config.tls }),
};

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return ConnectError.from(error);
  }
  assert.fail("the call was not refused");
}

async function calls(name, transport) {
  const nodes = createClient(registry.getService("jiceng.grid.v1.NodeService"), transport);
  const cases = createClient(registry.getService("jiceng.grid.v1.CaseService"), transport);

  assert.equal((await nodes.getNode({ code: "赵北村 🏠" }, { headers })).code, "赵北村 🏠");
  assert.equal((await nodes.getNode({}, { headers })).code, "");
  const long = "长".repeat(50_000);
  assert.equal((await nodes.getNode({ code: long }, { headers })).code, long);

  const before = {}, after = {};
  await nodes.getNode({ code: "talk" }, {
    headers,
    onHeader: (sent) => (before.value = sent.get("x-before")),
    onTrailer: (sent) => (after.value = sent.get("x-after")),
  });
  assert.deepEqual([before.value, after.value], ["1", "2"]);

  const refused = await refusal(() => nodes.getNode({ code: "refused" }, { headers }));
  assert.deepEqual([refused.code, refused.rawMessage, refused.metadata.get("x-reason")], [Code.NotFound, "网格不存在 100%", "NODE_NOT_FOUND"]);

  const stranger = await refusal(() => nodes.getNode({ code: "140224" }));
  assert.equal(stranger.code, Code.Unauthenticated);
  const [info] = stranger.findDetails(ErrorInfo);
  assert.deepEqual([info.domain, info.reason], ["gateway.jiceng", "TOKEN_MISSING"]);

  const late = await refusal(() => nodes.getNode({ code: "hold" }, { headers, timeoutMs: 300 }));
  assert.equal(late.code, Code.DeadlineExceeded);

  const seen = [];
  for await (const message of cases.watchCases({ nodeCode: "talk" }, { headers })) seen.push(message.case.caseId);
  assert.deepEqual(seen, ["first", "第二"]);

  const unheard = await refusal(async () => {
    for await (const message of cases.watchCases({ nodeCode: "talk" })) assert.fail(`${message} came without a token`);
  });
  assert.equal(unheard.code, Code.Unauthenticated);
  assert.equal(unheard.findDetails(ErrorInfo)[0].reason, "TOKEN_MISSING");

  // Browsers cannot send streams, and connect-web does not try.
  if (!name.startsWith("connect-web")) {
    const rows = async function* () {
      for (let i = 0; i < 3; i++) yield { content: { case: "rows", value: { rows: [{ line: i, code: "140224", name: long }] } } };
    };
    assert.equal((await nodes.importNodes(rows(), { headers })).createdCount, 3);
  }
}

let failed = 0;
for (const [name, transport] of Object.entries(transports)) {
  try {
    await calls(name, transport);
    console.log(`ok: ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}: ${error.stack}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
