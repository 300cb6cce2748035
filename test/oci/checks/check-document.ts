import t from "tap";
import { checkCreatable, checkDocument } from "../../../src/oci/checks/check-document.js";
import type { Spec } from "../../../src/oci/config.js";
import { reported } from "../fixtures/issues.js";

const MINIMAL: Spec = { ociVersion: "1.3.0", root: { path: "rootfs" } };

t.test("checkDocument() says what the schema can't", async (t) => {
  const cases: [Spec, string[]][] = [
    [MINIMAL, []],
    [{ ...MINIMAL, root: { path: "" } }, ['root.path: found "", expected a path']],
    [{ ...MINIMAL, annotations: { "": "x" } }, ['annotations[""]: found an empty name, expected a name']],
    [
      { ...MINIMAL, hooks: { prestart: [{ path: "/a" }], poststop: [{ path: "/a" }, { path: "b" }] } },
      ['hooks.poststop[1].path: found "b", expected an absolute path'],
    ],
    [{ ...MINIMAL, process: { cwd: "a" } }, ['process.cwd: found "a", expected an absolute path']],
    [{ ...MINIMAL, windows: {}, process: { cwd: "c:\\" }, mounts: [{ destination: "c:\\a" }] }, []],
    [
      { ...MINIMAL, windows: {}, linux: {}, process: { cwd: "c:\\" } },
      ['process.cwd: found "c:\\\\", expected an absolute path'],
    ],
  ];
  for (const [spec, expected] of cases)
    t.same(
      reported((error, warning) => checkDocument(spec, error, warning)),
      expected,
    );
});

t.test("checkCreatable() takes any version 1.x and warns of older ones", async (t) => {
  const check = (ociVersion: string): string[] =>
    reported((error, warning) => checkCreatable({ ...MINIMAL, ociVersion }, error, warning));
  t.same(check("1.0"), []);
  t.same(check("1.99.3-dev+x"), []);
  t.same(check("0.5.0-dev"), ['warning: ociVersion: found "0.5.0-dev", expected a version 1.x; it is taken as one']);
  t.same(check("10.0.0"), ['ociVersion: found "10.0.0", expected a version 1.x']);
});
