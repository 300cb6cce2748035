import t from "tap";
import { parsePreservedFds, preservedFdNumber } from "../../src/protocol/preserved-fds.js";

t.test("parsePreservedFds() takes up to 64 of three letters", async (t) => {
  t.same(parsePreservedFds(""), []);
  t.same(parsePreservedFds("rwb"), ["r", "w", "b"]);
  t.equal(parsePreservedFds("b".repeat(64)).length, 64);
  for (const text of ["b".repeat(65), "R", "r,w", "r\n"]) {
    t.throws(() => parsePreservedFds(text), { code: "invalid-argument", message: /expected up to 64 of r, w and b$/ });
  }
});

t.test("preservedFdNumber() knows the names of descriptors 3 to 66", async (t) => {
  t.equal(preservedFdNumber("fd3"), 3);
  t.equal(preservedFdNumber("fd66"), 66);
  for (const name of ["fd2", "fd67", "fd03", "fd", "fd3 ", "fd-3", "fd1e1", "FD3", "stdin", ""]) {
    t.equal(preservedFdNumber(name), undefined, name);
  }
});
