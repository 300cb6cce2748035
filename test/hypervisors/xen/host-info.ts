import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { type Dom0Place, isAtLeast, parseHostInfo, requireDom0 } from "../../../hypervisors/xen/host-info.js";

const INFO = readFileSync(join(import.meta.dirname, "fixtures/xl-info-4.17.txt"), "utf8");

t.test("parseHostInfo() reads what xl of Xen 4.17 says", async (t) => {
  t.strictSame(parseHostInfo(INFO), {
    ...{ major: 4, minor: 17, hasHvm: true, scheduler: "credit2" },
    ...{ freeMib: 2998, totalMib: 7167, processors: 1 },
  });
});

t.test("parseHostInfo() takes a processor without virtualization for what it is", async (t) => {
  const info = parseHostInfo(INFO.replace(/^xen_caps.*$/m, "xen_caps : xen-3.0-x86_64 xen-3.0-x86_32p"));
  t.equal(info.hasHvm, false);
});

t.test("isAtLeast() compares versions as numbers", async (t) => {
  t.ok(isAtLeast({ major: 4, minor: 10 }, "4.5"));
  t.notOk(isAtLeast({ major: 4, minor: 5 }, "4.10"));
  t.ok(isAtLeast({ major: 5, minor: 0 }, "4.10"));
});

function place(t: Test, files: { readonly capabilities?: string; readonly type?: string }, isRoot = true): Dom0Place {
  const directory = mkdtempSync(join(tmpdir(), "dom0-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return { capabilitiesPath: join(directory, "capabilities"), typePath: join(directory, "type"), isRoot };
}

t.test("requireDom0() lets root of domain 0 pass, and nobody else", async (t) => {
  const dom0 = { capabilities: "control_d\n", type: "xen\n" };
  await requireDom0(place(t, dom0));
  await t.rejects(requireDom0(place(t, dom0, false)), { code: "permission", message: /run tskata as root/ });
});

t.test("requireDom0() says what it found instead", async (t) => {
  for (const [files, said] of [
    [{}, /doesn't run on Xen/],
    [{ type: "xen\n" }, /as in a guest, or missing \(mount -t xenfs/],
    [{ type: "xen\n", capabilities: "\n" }, /as in a guest, or missing|has no control_d/],
  ] as const) {
    await t.rejects(requireDom0(place(t, files)), { code: "unsupported", message: said });
  }
});
