import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { readNotes, writeNotes } from "../../../src/agent/checkpoint/notes.js";

t.test("notes are read as they were written", async (t) => {
  const directory = t.testdir({});
  const notes = { streams: ["pipe:[1]", "/dev/null", ""], mounts: ["7"] };
  writeNotes(directory, notes);
  t.same(readNotes(directory), notes);
});

t.test("a directory without notes, or with damaged ones, is no checkpoint", async (t) => {
  const directory = t.testdir({});
  t.throws(() => readNotes(directory), { code: "not-found", message: /no checkpoint of tskata's/ });
  writeNotes(directory, { streams: [], mounts: [] });
  for (const text of ["{", "{}", "[1]", "null"]) {
    writeFileSync(join(directory, "tskata.json"), text);
    t.throws(() => readNotes(directory), { code: "invalid-argument" }, text);
  }
});
