import { Command } from "commander";
import t from "tap";
import { Log } from "../../../src/common/log.js";
import { addUpdateOptions, type UpdateFlags, updateResources } from "../../../src/host/cli/update-resources.js";
import type { LinuxResources } from "../../../src/oci/linux-resources.js";

/** The resources that the options lead to, and what is warned of. */
function resourcesOf(...args: string[]): { resources: LinuxResources; warnings: string[] } {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addUpdateOptions(command);
  command.parse(args, { from: "user" });
  const warnings: string[] = [];
  const log = new Log({ format: "json", minimum: "debug", write: (line) => warnings.push(line) });
  return { resources: updateResources(command.opts<UpdateFlags>(), log), warnings };
}

t.test("every option has its place in the resources", (t) => {
  const expected: [string, string, LinuxResources][] = [
    ["--blkio-weight", "500", { blockIO: { weight: 500 } }],
    ["--cpu-period", "100000", { cpu: { period: 100_000 } }],
    ["--cpu-quota", "-1", { cpu: { quota: -1 } }],
    ["--cpu-burst", "5", { cpu: { burst: 5 } }],
    ["--cpu-share", "1024", { cpu: { shares: 1024 } }],
    ["--cpu-rt-period", "7", { cpu: { realtimePeriod: 7 } }],
    ["--cpu-rt-runtime", "6", { cpu: { realtimeRuntime: 6 } }],
    ["--cpuset-cpus", "0-1", { cpu: { cpus: "0-1" } }],
    ["--cpuset-mems", "0", { cpu: { mems: "0" } }],
    ["--cpu-idle", "1", { cpu: { idle: 1 } }],
    ["--memory", "64m", { memory: { limit: 64 * 2 ** 20 } }],
    ["--memory-reservation", "32m", { memory: { reservation: 32 * 2 ** 20 } }],
    ["--memory-swap", "-1", { memory: { swap: -1 } }],
    ["--pids-limit", "20", { pids: { limit: 20 } }],
  ];
  for (const [option, value, resources] of expected) {
    t.strictSame(resourcesOf(option, value), { resources, warnings: [] }, option);
  }
  t.end();
});

t.test("options that aren't given change nothing", (t) => {
  t.strictSame(resourcesOf().resources, {});
  t.strictSame(resourcesOf("--memory", "1g", "--cpu-share", "2", "--pids-limit", "-1").resources, {
    cpu: { shares: 2 },
    memory: { limit: 2 ** 30 },
    pids: { limit: -1 },
  });
  t.end();
});

t.test("kernel memory is obsolete: a warning", (t) => {
  for (const option of ["--kernel-memory", "--kernel-memory-tcp"]) {
    const { resources, warnings } = resourcesOf(option, "64m");
    t.strictSame(resources, {});
    t.match(warnings, [/obsolete/]);
  }
  t.end();
});

t.test("Intel RDT is refused", (t) => {
  for (const option of ["--l3-cache-schema", "--mem-bw-schema"]) {
    t.throws(() => resourcesOf(option, "L3:0=f"), { code: "unsupported" });
  }
  t.end();
});

t.test("values out of their range are refused", (t) => {
  for (const args of [
    ["--blkio-weight", "1001"],
    ["--cpu-idle", "2"],
    ["--memory", "lots"],
    ["--cpu-period", "-5"],
  ]) {
    t.throws(() => resourcesOf(...args), { code: "commander.invalidArgument" }, args.join(" "));
  }
  t.end();
});
