// Validates OpenAPI documents, the examples in them, and JSON that was seen by their schemas; nothing here is ours but this file.
// node openapi.mjs asked.json    {"modules":…,"documents":[{"name":…,"file":…}],"samples":[{"of":"/service/method","json":…}]}
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const asked = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(`${asked.modules}/`);
const { Validator } = await import(pathToFileURL(`${asked.modules}/node_modules/@seriousme/openapi-schema-validator/index.js`));
const { default: Ajv } = require("ajv/dist/2020");
const { default: addFormats } = require("ajv-formats");

const problems = [];
const counts = { documents: 0, references: 0, examples: 0, samples: 0 };

/** Validators of the schemas at places of a document. */
function schemasOf(document) {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, validateSchema: false });
  addFormats(ajv);
  ajv.addSchema(document, "document");
  return (pointer) => ajv.compile({ $ref: `document#${pointer}` });
}

function check(validate, json, what) {
  if (!validate(json)) problems.push(`${what}: ${JSON.stringify(validate.errors.slice(0, 3))} in ${JSON.stringify(json).slice(0, 500)}`);
}

const pointerTo = (...parts) => parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

function walk(value, visit) {
  if (value === null || typeof value !== "object") return;
  visit(value);
  for (const inner of Object.values(value)) walk(inner, visit);
}

function at(document, reference) {
  return reference.slice(2).split("/").reduce((value, part) => value?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], document);
}

let first;
for (const { name, file } of asked.documents) {
  const document = JSON.parse(readFileSync(file, "utf8"));
  first ??= document;
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  if (!valid) problems.push(`${name}: ${typeof errors === "string" ? errors : JSON.stringify(errors.slice(0, 5))}`);
  walk(document, (value) => {
    if (typeof value.$ref !== "string") return;
    counts.references++;
    if (at(document, value.$ref) === undefined) problems.push(`${name}: ${value.$ref} leads nowhere`);
  });
  const schemaAt = schemasOf(document);
  for (const schema of Object.keys(document.components.schemas)) schemaAt(pointerTo("components", "schemas", schema));
  for (const [path, { post }] of Object.entries(document.paths)) {
    const [type, body] = Object.entries(post.requestBody.content)[0];
    const stream = post["x-jiceng-stream"];
    const schema = stream ? pointerTo("paths", path, "post", "x-jiceng-stream", "request") : pointerTo("paths", path, "post", "requestBody", "content", type, "schema");
    // The example of a message without fields is left out, as everything empty is.
    const empty = !stream && at(document, body.schema.$ref).properties === undefined;
    check(schemaAt(schema), stream ? stream.exampleRequest : body.example ?? (empty ? {} : null), `${name}, example of ${path}`);
    counts.examples++;
  }
  counts.documents++;
}

// Answers may get more fields one day; those of today have to be described, each of them.
const closed = structuredClone(first);
walk(closed.components.schemas, (value) => {
  if (value.type === "object" && value.properties && !value.additionalProperties) value.additionalProperties = false;
});
const answerAt = schemasOf(closed);
for (const { of, json } of asked.samples) {
  check(answerAt(pointerTo("paths", of, "post", "responses", "200", "content", "application/json", "schema")), json, `answer of ${of}`);
  counts.samples++;
}

for (const problem of problems) console.error(problem);
console.log(JSON.stringify(counts));
process.exit(problems.length > 0 ? 1 : 0);
