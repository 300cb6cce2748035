import t from "tap";
import { readResources, validateResources } from "../../src/oci/validate-resources.js";
import { lines, refusal } from "./fixtures/issues.js";
import { missing, sharedFiles } from "./fixtures/shared-files.js";

t.test("readResources() accepts all that engines wrote for update", { skip: missing("captures") }, async (t) => {
  const files = sharedFiles("captures", "resources.json");
  t.ok(files.length >= 6);
  for (const { name, text } of files) t.same(lines(readResources(text, name).warnings), [], name);
});

t.test("readResources() takes members that are null or absent, as Docker writes them", async (t) => {
  const text = `{"memory":{"limit":67108864,"swap":null},"cpu":{"shares":0,"cpus":""},"pids":{},"blockIO":null}`;
  t.same(readResources(text, "r.json").resources, {
    memory: { limit: 67108864 },
    cpu: { shares: 0, cpus: "" },
    pids: {},
  });
  t.same(readResources("{}", "r.json").resources, {});
});

t.test("validateResources() says where, what was found and what was expected", async (t) => {
  t.same(lines(validateResources({ cpu: { cpus: "all", shares: -1 }, memory: { swappiness: 101 } })), [
    "memory.swappiness: found 101, expected an integer from 0 to 100",
    "cpu.shares: found -1, expected an integer from 0 to 18446744073709551615",
    'cpu.cpus: found "all", expected a list of numbers and ranges such as "0-3,7"',
  ]);
  t.same(lines(validateResources([])), ["the document: found a list of 0, expected an object"]);
});

t.test("readResources() refuses what isn't JSON", async (t) => {
  t.match(
    refusal(() => readResources("nonsense", "standard input")),
    /^standard input: not valid JSON at line 1/,
  );
});
