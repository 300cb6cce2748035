import { join } from "node:path";
import t from "tap";
import type { VmSpec } from "../../../hypervisors/hypervisor.js";
import { preflight } from "../../../hypervisors/qemu/preflight.js";

const MIB = 1024 * 1024;

t.test("preflight()", async (t) => {
  const directory = t.testdir({
    kernel: "",
    image: "",
    meminfo: "MemTotal:  2048000 kB\nMemAvailable:     409600 kB\nSwapFree:   102400 kB\n",
  });
  const meminfo = join(directory, "meminfo");
  const spec: VmSpec = {
    name: "a",
    runDirectory: directory,
    kernelPath: join(directory, "kernel"),
    imagePath: join(directory, "image"),
    extraKernelParameters: [],
    memoryBytes: 256 * MIB,
    vcpus: 1,
    shares: [],
    consoleLogPath: join(directory, "console.log"),
  };

  t.test("passes where everything is there, up to the last MiB", async (t) => {
    await preflight(spec, meminfo);
    await preflight({ ...spec, memoryBytes: 500 * MIB }, meminfo);
    await preflight({ ...spec, memoryBytes: 96 * MIB }, meminfo);
    t.pass();
  });

  t.test("refuses more memory than the host has left, as resource", async (t) => {
    await t.rejects(preflight({ ...spec, memoryBytes: 500 * MIB + 1 }, meminfo), {
      code: "resource",
      message: "a VM with 501 MiB of memory can't start: this machine has 500 MiB left",
    });
  });

  t.test("refuses too little memory, as invalid-argument", async (t) => {
    await t.rejects(preflight({ ...spec, memoryBytes: 95 * MIB }, meminfo), {
      code: "invalid-argument",
      message: /at least 96 MiB/,
    });
  });

  t.test("refuses missing files, as not-found, naming them", async (t) => {
    const kernelPath = join(directory, "nothing");
    await t.rejects(preflight({ ...spec, kernelPath }, meminfo), {
      code: "not-found",
      message: new RegExp(kernelPath),
    });
    await t.rejects(preflight({ ...spec, imagePath: join(spec.kernelPath, "x") }, meminfo), { code: "not-found" });
  });
});
