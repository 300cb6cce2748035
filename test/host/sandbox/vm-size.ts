import t from "tap";
import { vmSize } from "../../../src/host/sandbox/vm-size.js";
import type { LinuxResources } from "../../../src/oci/linux-resources.js";

const MIB = 1024 * 1024;
const CONFIGURED = { vcpus: 1, memoryBytes: 512 * MIB };
const HOST = { vcpus: 4, memoryBytes: 8192 * MIB };

function size(resources?: LinuxResources): { vcpus: number; memoryBytes: number } {
  return vmSize({ smallest: CONFIGURED, largest: HOST }, resources);
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
