import t from "tap";
import { configureSandbox } from "../../../src/agent/operations/configure-sandbox.js";
import { standInSandbox } from "../fixtures/stand-in-sandbox.js";

const NOTHING = { hostname: "", shares: [], entropy: new Uint8Array() };
const ENTROPY = new Uint8Array(64).fill(7);

t.test("configureSandbox() reseeds, sets the clock and the name and mounts shares, in one go", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  await configureSandbox(sandbox, {
    hostname: "box",
    clock: { realtimeNs: 5n, monotonicNs: 3n },
    entropy: ENTROPY,
    shares: [
      { tag: "files", kind: { case: "virtiofs", value: {} } },
      { tag: "plan9", kind: { case: "nineP", value: { msize: 4096 } } },
    ],
  });
  t.equal(lists.length, 1);
  t.match(lists[0], [
    { op: "reseed-random", seed: ENTROPY },
    { op: "set-clock", realtimeNs: 5n, monotonicNs: 3n },
    { op: "set-hostname", name: "box" },
    { op: "set-mount-attributes", path: "/" },
    { op: "make-directory", path: "/shares/files" },
    { op: "mount-share", tag: "files", destination: "/shares/files" },
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

t.test("configureSandbox() refuses entropy that is too little or too much, and does nothing else then", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  for (const length of [1, 63, 1025]) {
    const request = { ...NOTHING, hostname: "box", entropy: new Uint8Array(length) };
    await t.rejects(configureSandbox(sandbox, request), {
      code: "invalid-argument",
      message: `entropy of ${length} bytes: expected 64 to 1024 bytes, or none`,
    });
  }
  t.same(lists, []);
  for (const length of [64, 1024]) await configureSandbox(sandbox, { ...NOTHING, entropy: new Uint8Array(length) });
  t.match(lists, [[{ op: "reseed-random" }], [{ op: "reseed-random" }]]);
});
