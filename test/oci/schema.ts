import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import t from "tap";
import { HOOK_NAMES } from "../../src/oci/tables/hooks.js";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES } from "../../src/oci/tables/memory-policy.js";
import { NAMESPACES } from "../../src/oci/tables/namespaces.js";
import { PERSONALITY_DOMAINS } from "../../src/oci/tables/personality.js";
import { RLIMITS } from "../../src/oci/tables/rlimits.js";
import { IO_PRIORITY_CLASSES, SCHEDULER_FLAGS, SCHEDULER_POLICIES } from "../../src/oci/tables/scheduling.js";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_ERRNO_ACTIONS,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from "../../src/oci/tables/seccomp.js";

const folder = path.resolve(import.meta.dirname, "../../src/oci/schema");

/** The part of a schema file at a path of member names. */
function part(file: string, ...names: string[]): unknown {
  let value: unknown = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
  for (const name of names) value = (value as Record<string, unknown>)[name];
  return value;
}

t.test("the schemas list what the tables have", async (t) => {
  const rlimit = ["properties", "rlimits", "items", "properties", "type", "enum"];
  const scheduler = ["properties", "scheduler", "properties"];
  const policy = ["properties", "memoryPolicy", "properties"];
  const cases: [readonly string[], unknown][] = [
    [Object.keys(NAMESPACES), part("linux.json", "properties", "namespaces", "items", "properties", "type", "enum")],
    [Object.keys(PERSONALITY_DOMAINS), part("linux.json", "properties", "personality", "properties", "domain", "enum")],
    [Object.keys(MEMORY_POLICY_MODES), part("linux.json", ...policy, "mode", "enum")],
    [Object.keys(MEMORY_POLICY_FLAGS), part("linux.json", ...policy, "flags", "items", "enum")],
    [Object.keys(RLIMITS).toSorted(), part("process.json", ...rlimit)],
    [Object.keys(SCHEDULER_POLICIES), part("process.json", ...scheduler, "policy", "enum")],
    [Object.keys(SCHEDULER_FLAGS), part("process.json", ...scheduler, "flags", "items", "enum")],
    [Object.keys(IO_PRIORITY_CLASSES), part("process.json", "properties", "ioPriority", "properties", "class", "enum")],
    [Object.keys(SECCOMP_ACTIONS), part("seccomp.json", "definitions", "action", "enum")],
    [Object.keys(SECCOMP_ARCHITECTURES), part("seccomp.json", "definitions", "architecture", "enum")],
    [Object.keys(SECCOMP_FLAGS), part("seccomp.json", "definitions", "flag", "enum")],
    [SECCOMP_OPERATORS, part("seccomp.json", "definitions", "operator", "enum")],
    [HOOK_NAMES, Object.keys(part("config.json", "properties", "hooks", "properties") as object)],
  ];
  for (const [table, listed] of cases) t.same(listed, table);
});

t.test("the actions that take a number are actions", async (t) => {
  for (const action of SECCOMP_ERRNO_ACTIONS) t.ok(Object.hasOwn(SECCOMP_ACTIONS, action));
});

t.test("every schema file bears its own name", async (t) => {
  for (const file of readdirSync(folder)) t.equal(part(file, "$id"), file);
});
