import t from "tap";
import { configureSandbox } from "../../../src/agent/operations/configure-sandbox.js";
import { standInSandbox } from "../fixtures/stand-in-sandbox.js";

const NOTHING = { hostname: "", clockRealtimeNs: 0n, shares: [] };

t.test("configureSandbox() sets the clock and the name and mounts shares, in one go", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  await configureSandbox(sandbox, {
    hostname: "box",
    clockRealtimeNs: 5n,
    shares: [
      { tag: "files", kind: { case: "virtiofs", value: {} } },
      { tag: "plan9", kind: { case: "nineP", value: { msize: 4096 } } },
    ],
  });
  t.equal(lists.length, 1);
  t.match(lists[0], [
    { op: "set-clock", realtimeNs: 5n },
    { op: "set-hostname", name: "box" },
    { op: "set-mount-attributes", path: "/" },
    { op: "make-directory", path: "/shares/files" },
    { op: "mount", type: "virtiofs", source: "files", destination: "/shares/files" },
    { op: "make-directory", path: "/shares/plan9" },
    {
      op: "mount",
      type: "9p",
      source: "plan9",
      options: ["trans=virtio", "version=9p2000.L", "msize=4096", "cache=mmap"],
    },
  ]);
});

t.test("configureSandbox() leaves alone what it isn't told, and shares that are mounted", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  const share = { tag: "files", kind: { case: "virtiofs" } } as const;
  await configureSandbox(sandbox, { ...NOTHING, shares: [share] });
  await configureSandbox(sandbox, { ...NOTHING, shares: [share] });
  t.same(
    lists[1]?.map(({ op }) => op),
    ["set-mount-attributes"],
  );
});

t.test("configureSandbox() refuses a tag that is no name, and a share of no kind", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  for (const tag of ["", "../x", "x".repeat(37)]) {
    const shares = [{ tag, kind: { case: "virtiofs" } as const }];
    await t.rejects(configureSandbox(sandbox, { ...NOTHING, shares }), { code: "invalid-argument" });
  }
  const shares = [{ tag: "files", kind: { case: undefined } }];
  await t.rejects(configureSandbox(sandbox, { ...NOTHING, shares }), {
    code: "invalid-argument",
    message: "share files: no kind of share was given",
  });
  t.same(lists, []);
});
