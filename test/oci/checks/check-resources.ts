import t from "tap";
import { checkResources } from "../../../src/oci/checks/check-resources.js";
import type { LinuxResources } from "../../../src/oci/linux-resources.js";
import { reported } from "../fixtures/issues.js";

function check(resources: LinuxResources, path = ""): string[] {
  return reported((error) => checkResources(resources, path, error));
}

t.test("checkResources() takes what engines write", async (t) => {
  t.same(
    check({
      memory: { limit: 67108864, swap: 67108864, reservation: 0, kernel: -1 },
      cpu: { quota: -1, burst: 5 },
      unified: { "memory.high": "1", "hugetlb.2MB.rsvd.max": "max", "cgroup.max.depth": "1" },
      hugepageLimits: [
        { pageSize: "2MB", limit: 1 },
        { pageSize: "1GB", limit: 2n ** 64n - 1n },
      ],
    }),
    [],
  );
  t.same(check({ memory: { limit: -1, swap: 5 } }), []);
  t.same(check({ memory: { limit: 5, swap: -1 } }), []);
});

t.test("checkResources() says what the schema can't", async (t) => {
  const cases: [LinuxResources, string[]][] = [
    [{ memory: { limit: -2 } }, ["r.memory.limit: found -2, expected a number of bytes, or -1 for no limit"]],
    [
      { memory: { limit: 2n ** 62n, swap: 1 } },
      ["r.memory.swap: found 1, expected memory and swap together, so at least the limit, 4611686018427387904"],
    ],
    [{ cpu: { quota: 5, burst: 6 } }, ["r.cpu.burst: found 6, expected at most the quota, 5"]],
    [
      { unified: { "../memory.max": "1", memory: "1", "": "" } },
      [
        'r.unified["../memory.max"]: found this name, expected the name of a cgroup file such as "memory.high"',
        'r.unified.memory: found this name, expected the name of a cgroup file such as "memory.high"',
        'r.unified[""]: found this name, expected the name of a cgroup file such as "memory.high"',
      ],
    ],
    [
      {
        hugepageLimits: [
          { pageSize: "2MB", limit: 1 },
          { pageSize: "2MB", limit: 2 },
        ],
      },
      ['r.hugepageLimits[1].pageSize: found a second "2MB", expected each size once'],
    ],
    [
      { devices: [{ allow: true, type: "c", major: -1, minor: 2 ** 32 + 3, access: "rwm" }] },
      ["r.devices[0].minor: found 4294967299, expected at most 4294967295, or -1 for all"],
    ],
  ];
  for (const [resources, expected] of cases) t.same(check(resources, "r"), expected);
});
