import { mkdirSync, readlinkSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import {
  clonePlace,
  isOfThisPidNamespace,
  templateIdentity,
  type TemplateVm,
  whyStale,
} from "../../../src/host/template/template-key.js";

const SIZE = { vcpus: 1, memoryBytes: 1 };

function vmOf(directory: string, change: Partial<TemplateVm> = {}): TemplateVm {
  return {
    kernelPath: join(directory, "kernel"),
    imagePath: join(directory, "image"),
    kernelParameters: ["quiet"],
    size: SIZE,
    largest: SIZE,
    share: "virtiofs",
    ...change,
  };
}

async function keyOf(vm: TemplateVm, driver: Record<string, string> = {}, place = "pid mount"): Promise<string> {
  return (await templateIdentity(vm, { name: "none", templateInputs: async () => driver }, place)).key;
}

t.test("the key changes with each thing that a template depends on", async (t) => {
  const directory = t.testdir({ kernel: "k", image: "i", other: "o" });
  const key = await keyOf(vmOf(directory));
  t.match(key, /^[0-9a-f]{16}$/);
  t.equal(await keyOf(vmOf(directory)), key);
  const keys = [
    await keyOf(vmOf(directory, { kernelParameters: [] })),
    await keyOf(vmOf(directory, { initrdPath: join(directory, "other") })),
    await keyOf(vmOf(directory, { size: { vcpus: 2, memoryBytes: 1 } })),
    await keyOf(vmOf(directory, { largest: { vcpus: 1, memoryBytes: 2 } })),
    await keyOf(vmOf(directory, { share: "nine-p" })),
    await keyOf(vmOf(directory), { accelerator: "kvm" }),
  ];
  utimesSync(join(directory, "image"), 1, 1);
  keys.push(await keyOf(vmOf(directory)));
  t.equal(new Set([key, ...keys]).size, keys.length + 1);
});

t.test("a template that is a process is of the place of whoever clones it, and no other is", async (t) => {
  const vm = vmOf(t.testdir({ kernel: "k", image: "i" }));
  t.equal(await keyOf(vm, {}, "other mount"), await keyOf(vm));
  t.equal(await keyOf(vm, { live: "false" }, "other mount"), await keyOf(vm, { live: "false" }));
  t.not(await keyOf(vm, { live: "true" }, "other mount"), await keyOf(vm, { live: "true" }));
});

t.test("clonePlace() tells of this process's pid namespace", async (t) => {
  const pid = readlinkSync("/proc/self/ns/pid");
  t.equal(clonePlace("mount"), `${pid} mount`);
  t.ok(isOfThisPidNamespace({ place: clonePlace("other") }));
  t.ok(isOfThisPidNamespace({}));
  t.notOk(isOfThisPidNamespace({ place: "pid:[1] mount" }));
});

t.test("whyStale() names the file that has changed or is gone", async (t) => {
  const directory = t.testdir({ "the kernel": "k", image: "i" });
  const kernelPath = join(directory, "the kernel");
  const driver = { name: "none", templateInputs: async () => ({}) };
  const { inputs } = await templateIdentity(vmOf(directory, { kernelPath }), driver, "pid mount");
  t.equal(await whyStale(inputs), undefined);
  t.equal(await whyStale({ ...inputs, hostBoot: "another" }), "the host was booted since");
  mkdirSync(join(directory, "away"));
  renameSync(kernelPath, join(directory, "away/kernel"));
  t.equal(await whyStale(inputs), `${kernelPath} is gone`);
  writeFileSync(kernelPath, "k");
  t.equal(await whyStale(inputs), `${kernelPath} has changed`);
});
