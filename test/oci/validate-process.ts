import t from "tap";
import { readProcess, validateProcess } from "../../src/oci/validate-process.js";
import { lines, refusal } from "./fixtures/issues.js";
import { missing, sharedFiles } from "./fixtures/shared-files.js";

t.test("readProcess() accepts every process.json that engines wrote", { skip: missing("captures") }, async (t) => {
  const files = sharedFiles("captures", "process.json");
  t.ok(files.length >= 28);
  for (const { name, text } of files) t.same(lines(readProcess(text, name).warnings), [], name);
});

t.test("validateProcess() wants a directory and a program", async (t) => {
  t.same(lines(validateProcess({})), ["cwd: found nothing, expected a value: this member is required"]);
  t.same(lines(validateProcess({ cwd: "/" })), ["args: found nothing, expected a program to run"]);
  t.same(lines(validateProcess({ cwd: "/", args: [] })), ["args: found a list of 0, expected a program to run"]);
  t.same(validateProcess({ cwd: "/", args: ["sh"] }), []);
});

t.test("readProcess() names the document and the member", async (t) => {
  t.equal(
    refusal(() => readProcess('{"cwd":"/","args":["sh"],"user":{"uid":-1}}', "p.json")),
    "p.json: user.uid: found -1, expected an integer from 0 to 4294967295",
  );
  t.equal(
    refusal(() => readProcess('{"cwd":"/","args":["a\\u0000b"]}', "p.json")),
    'p.json: args[0]: found "a\\u0000b", expected no NUL character',
  );
});

t.test("readProcess() reads null as absent", async (t) => {
  const { process } = readProcess('{"cwd":"/","args":["sh"],"env":null,"rlimits":null}', "p.json");
  t.same(process, { cwd: "/", args: ["sh"] });
});
