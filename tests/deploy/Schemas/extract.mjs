// Writes kubernetes.json from the type declarations of npm's kubernetes-models: names of fields, their types, and which are required; no text.
//
//   npm install kubernetes-models@5.1.0 @kubernetes-models/gateway-api@2.0.0 @kubernetes-models/external-secrets@2.0.0
//   node extract.mjs node_modules > kubernetes.json
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const kinds = {
  "kubernetes-models": [
    "v1/ConfigMap", "v1/Namespace", "v1/PersistentVolumeClaim", "v1/Secret", "v1/Service", "v1/ServiceAccount",
    "apps/v1/DaemonSet", "apps/v1/Deployment", "apps/v1/StatefulSet", "autoscaling/v2/HorizontalPodAutoscaler", "batch/v1/CronJob", "batch/v1/Job",
    "networking.k8s.io/v1/Ingress", "networking.k8s.io/v1/NetworkPolicy", "policy/v1/PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1/ClusterRole", "rbac.authorization.k8s.io/v1/ClusterRoleBinding", "rbac.authorization.k8s.io/v1/Role",
    "rbac.authorization.k8s.io/v1/RoleBinding",
  ],
  "@kubernetes-models/gateway-api": [
    "gateway.networking.k8s.io/v1/Gateway", "gateway.networking.k8s.io/v1/GRPCRoute", "gateway.networking.k8s.io/v1/HTTPRoute",
  ],
  "@kubernetes-models/external-secrets": ["external-secrets.io/v1/ExternalSecret"],
};

const root = process.argv[2];
const types = {};
const names = new Map();

/** Tokens of a declaration: names, texts in quotes, marks. */
const tokens = (text) => text.replace(/\/\*[\s\S]*?\*\//g, "").match(/"[^"]*"|[A-Za-z_$][\w$]*|\d+|=>|[{}[\]()<>|;:?=,&]/g) ?? [];

function load(file) {
  if (names.has(file)) return names.get(file);
  const text = readFileSync(file, "utf8");
  const imports = new Map();
  for (const [, what, from] of text.matchAll(/import \{ ([^}]+) \} from "([^"]+)";/g)) {
    const path = from.startsWith(".") ? join(dirname(file), from.replace(/\.js$/, ".d.ts")) : join(root, `${from}.d.ts`);
    if (existsSync(path)) for (const name of what.split(",")) imports.set(name.trim(), path);
  }
  const head = text.match(/export (?:interface|type) I(\w+)/)[1];
  const long = text.match(/as IIo?(\w+)/)?.[1] ?? head;
  const name = head in types ? long : head;
  names.set(file, name);
  types[name] = null;

  const declaration = text.slice(text.search(/export (interface|type) I/));
  const list = tokens(declaration);
  let at = 0;
  const next = () => list[at++];
  const accept = (mark) => list[at] === mark && ++at;

  function union() {
    accept("|");
    const parts = [single()];
    while (accept("|")) parts.push(single());
    const real = [...new Set(parts)].filter((part) => part !== "null");
    if (real.length === 1) return real[0];
    if (real.every((part) => typeof part === "string" && part.startsWith("="))) return `=${real.map((part) => part.slice(1)).join("|")}`;
    return real.every((part) => typeof part === "string") ? real.join("|") : "any";
  }

  function single() {
    const token = next();
    if (token === "{") return members();
    if (token.startsWith('"')) return `=${token.slice(1, -1)}`;
    if (token === "Array") {
      next();
      const item = union();
      next();
      return [item];
    }
    if (["string", "number", "boolean", "null"].includes(token)) return token;
    if (/^\d/.test(token)) return "number";
    if (["any", "unknown", "object"].includes(token)) return "any";
    if (imports.has(token)) return load(imports.get(token));
    throw new Error(`${file}: ${token}`);
  }

  function members() {
    const fields = {};
    while (!accept("}")) {
      if (accept("[")) {
        while (next() !== "]");
        next();
        fields["*"] = union();
      } else {
        const key = next().replaceAll('"', "");
        const optional = accept("?");
        next();
        const type = union();
        if (key !== "status") fields[optional ? key : `${key}!`] = type;
      }
      accept(";");
    }
    return fields;
  }

  next();
  const kind = next();
  next();
  if (kind === "type") {
    next();
    types[name] = union();
    return name;
  }
  const base = accept("extends") ? next() : null;
  while (next() !== "{");
  const own = members();
  const inherited = base && imports.has(base) ? types[load(imports.get(base))] : {};
  types[name] = { ...inherited, ...own };
  return name;
}

const objects = {};
for (const [module, paths] of Object.entries(kinds)) for (const path of paths) objects[path] = load(join(root, module, `${path}.d.ts`));

const lines = (map) => Object.keys(map).sort().map((key) => `    ${JSON.stringify(key)}: ${JSON.stringify(map[key])}`).join(",\n");
console.log(`{\n  "objects": {\n${lines(objects)}\n  },\n  "types": {\n${lines(types)}\n  }\n}`);
