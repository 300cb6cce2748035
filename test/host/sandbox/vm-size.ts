import t from "tap";
import { vmSize } from "../../../src/host/sandbox/vm-size.js";
import type { LinuxResources } from "../../../src/oci/linux-resources.js";

const MIB = 1024 * 1024;
const CONFIGURED = { vcpus: 1, memoryBytes: 512 * MIB };
const HOST = { vcpus: 4, memoryBytes: 8192 * MIB };

function size(...containers: LinuxResources[]): { vcpus: number; memoryBytes: number } {
  return vmSize({ smallest: CONFIGURED, largest: HOST }, containers);
}

t.test("vmSize() is what the configuration says for a container without limits, or with small ones", async (t) => {
  t.same(size(), CONFIGURED);
  t.same(size({ memory: { limit: -1 }, cpu: { quota: -1, shares: 5 } }), CONFIGURED);
  t.same(size({ memory: { limit: 4 * MIB }, cpu: { quota: 10_000, period: 100_000 } }), CONFIGURED);
});

t.test("vmSize() grows with what the container may use, as far as the host goes", async (t) => {
  t.same(size({ memory: { limit: 1024 * MIB + 1 } }), { vcpus: 1, memoryBytes: (1024 + 129) * MIB });
  t.same(size({ memory: { limit: 2n ** 62n } }).memoryBytes, HOST.memoryBytes);
  t.equal(size({ cpu: { quota: 250_000 } }).vcpus, 3);
  t.equal(size({ cpu: { quota: 250_000, period: 50_000 } }).vcpus, 4);
  t.equal(size({ cpu: { quota: 250_000, cpus: "0-1" } }).vcpus, 2);
  t.equal(size({ cpu: { cpus: "0,2-3" } }).vcpus, 3);
});

t.test("vmSize() is for all containers of a VM together", async (t) => {
  const half = { cpu: { quota: 50_000 }, memory: { limit: 512 * MIB } };
  t.same(size(half, half, half), { vcpus: 2, memoryBytes: (3 * 512 + 128) * MIB });
  t.same(size(half, {}), { vcpus: 1, memoryBytes: (512 + 128) * MIB }, "one without limits shares what is there");
  t.equal(size({ cpu: { cpus: "0-2" } }, { cpu: { cpus: "0-1" } }, half).vcpus, 3);
});
