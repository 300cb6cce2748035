import t from "tap";
import { sandboxSetting } from "../../../src/agent/sandbox/sandbox-settings.js";
import { NinePTransport } from "../../../src/protocol/gen/agent_pb.js";
import { standInSandbox } from "../fixtures/stand-in-sandbox.js";

const NOTHING = { hostname: "", shares: [], entropy: new Uint8Array() };
const ENTROPY = new Uint8Array(64).fill(7);

t.test("sandboxSetting() reseeds, then sets the clock and the name and mounts shares", async (t) => {
  const { sandbox } = standInSandbox(t);
  const { operations } = sandboxSetting(sandbox, {
    hostname: "box",
    clock: { realtimeNs: 5n, monotonicNs: 3n },
    entropy: ENTROPY,
    shares: [
      { tag: "files", kind: { case: "virtiofs", value: {} } },
      { tag: "plan9", kind: { case: "nineP", value: { msize: 4096 } } },
    ],
  });
  t.match(operations, [
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

t.test("sandboxSetting() mounts a share by the transport that it is told", async (t) => {
  const { sandbox } = standInSandbox(t);
  const kind = { case: "nineP", value: { msize: 4096, transport: NinePTransport.XEN } } as const;
  const { operations } = sandboxSetting(sandbox, { ...NOTHING, shares: [{ tag: "plan9", kind }] });
  t.match(operations.at(-1), { op: "mount", type: "9p", options: ["trans=xen"] });
});

t.test("sandboxSetting() leaves alone what it isn't told, and shares that are mounted", async (t) => {
  const { sandbox } = standInSandbox(t);
  t.same(sandboxSetting(sandbox, undefined).operations, []);
  const share = { tag: "files", kind: { case: "virtiofs" } } as const;
  const names = (): string[] => sandboxSetting(sandbox, { ...NOTHING, shares: [share] }).operations.map(({ op }) => op);
  t.same(names(), ["set-mount-attributes", "make-directory", "mount-share"]);
  sandboxSetting(sandbox, { ...NOTHING, shares: [share] }).done();
  t.same(names(), ["set-mount-attributes"]);
});

t.test("sandboxSetting() refuses a tag that is no name, and a share of no kind", async (t) => {
  const { sandbox } = standInSandbox(t);
  for (const tag of ["", "../x", "x".repeat(37)]) {
    const shares = [{ tag, kind: { case: "virtiofs" } as const }];
    t.throws(() => sandboxSetting(sandbox, { ...NOTHING, shares }), { code: "invalid-argument" });
  }
  const shares = [{ tag: "files", kind: { case: undefined } }];
  t.throws(() => sandboxSetting(sandbox, { ...NOTHING, shares }), {
    code: "invalid-argument",
    message: "share files: no kind of share was given",
  });
});

t.test("sandboxSetting() refuses entropy that is too little or too much", async (t) => {
  const { sandbox } = standInSandbox(t);
  for (const length of [1, 63, 1025]) {
    const request = { ...NOTHING, hostname: "box", entropy: new Uint8Array(length) };
    t.throws(() => sandboxSetting(sandbox, request), {
      code: "invalid-argument",
      message: `entropy of ${length} bytes: expected 64 to 1024 bytes, or none`,
    });
  }
  for (const length of [64, 1024]) {
    const [first] = sandboxSetting(sandbox, { ...NOTHING, entropy: new Uint8Array(length) }).operations;
    t.match(first, { op: "reseed-random" });
  }
});
