import t from "tap";
import { externalMounts, externalSources } from "../../../src/agent/checkpoint/external-mounts.js";

const SHARES = "/run/tskata/shares/tskata/c1";
const MOUNTS = [
  "43 29 0:25 / / ro,relatime - virtiofs none rw",
  "44 43 0:27 / /proc rw,relatime - proc proc rw",
  "51 43 0:24 / /data rw,relatime master:11 - virtiofs none rw",
  "52 51 0:40 / /data/below\\\\040it rw - virtiofs none rw",
  "53 43 0:20 /c1/mounts/8 /etc/hosts rw - virtiofs tskata rw",
  "54 43 0:25 /own /copy rw - virtiofs none rw",
  "55 43 0:26 / /other rw - virtiofs none rw",
].join("\n");
const SOURCES = [
  { index: 7, path: `${SHARES}/mounts/7`, device: "0:24" },
  { index: 8, path: `${SHARES}/mounts/8`, device: "0:20" },
];

t.test("externalMounts() names the mounts that lead to sources of bind mounts, and what is below them", async (t) => {
  t.same(externalMounts(MOUNTS.replaceAll("\\\\", "\\"), SOURCES), [
    { key: "/data", val: "7" },
    { key: "/data/below it", val: "7/below it" },
    { key: "/etc/hosts", val: "8" },
  ]);
  t.same(externalMounts("", SOURCES), []);
  t.same(externalMounts("nonsense\n1 2 3", SOURCES), []);
});

t.test("externalSources() finds them where the guest sees the same mounts now", async (t) => {
  const sources = new Map([
    [7, { path: "/shares/c2/mounts/7" }],
    [8, { path: "/shares/c2/mounts/8" }],
  ]);
  t.same(externalSources(["7", "7/below it", "8", "9"], sources), [
    { key: "7", val: "/shares/c2/mounts/7" },
    { key: "7/below it", val: "/shares/c2/mounts/7/below it" },
    { key: "8", val: "/shares/c2/mounts/8" },
  ]);
});
