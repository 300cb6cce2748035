import t from "tap";
import { mergeResources } from "../../src/oci/merge-resources.js";

t.test("mergeResources() keeps what an update doesn't name or sets to 0", async (t) => {
  const current = { memory: { limit: 64, swap: 128 }, cpu: { shares: 5, quota: 7, idle: 1 }, pids: { limit: 3 } };
  t.same(mergeResources(current, {}), current);
  t.same(
    mergeResources(current, { memory: { limit: 32, swap: 0 }, cpu: { shares: 0, idle: 0 }, blockIO: { weight: 0 } }),
    {
      memory: { limit: 32, swap: 128 },
      cpu: { shares: 5, quota: 7, idle: 0 },
      pids: { limit: 3 },
      blockIO: { weight: 0 },
    },
  );
});

t.test("mergeResources() frees swap together with memory", async (t) => {
  const current = { memory: { limit: 64, swap: 128 } };
  t.same(mergeResources(current, { memory: { limit: -1 } }), { memory: { limit: -1, swap: -1 } });
  t.same(mergeResources(current, { memory: { limit: -1, swap: 5 } }), { memory: { limit: -1, swap: 5 } });
});

t.test("mergeResources() replaces huge pages by size and ignores device rules", async (t) => {
  const current = {
    devices: [{ allow: true }],
    hugepageLimits: [
      { pageSize: "2MB", limit: 1 },
      { pageSize: "1GB", limit: 1 },
    ],
  };
  const update = { devices: [{ allow: false }], hugepageLimits: [{ pageSize: "2MB", limit: 5 }] };
  t.same(mergeResources(current, update), {
    devices: [{ allow: true }],
    hugepageLimits: [
      { pageSize: "1GB", limit: 1 },
      { pageSize: "2MB", limit: 5 },
    ],
  });
});
