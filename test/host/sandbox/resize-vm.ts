import t from "tap";
import type { VmSize } from "../../../hypervisors/hypervisor.js";
import { TskataError } from "../../../src/common/error.js";
import { growVm, type ResizableVm, shrinkVm } from "../../../src/host/sandbox/resize-vm.js";

const MIB = 1024 * 1024;
const signal = new AbortController().signal;

/** A VM that notes what it is asked for, and fails where a step is named with an error. */
function recordingVm(
  size: VmSize,
  failures: Readonly<Record<string, Error>> = {},
): { vm: ResizableVm; steps: string[] } {
  const steps: string[] = [];
  const step = async (name: string, value: number): Promise<void> => {
    steps.push(`${name} ${value}`);
    const failure = failures[name];
    if (failure !== undefined) throw failure;
  };
  const vm: ResizableVm = {
    machine: {
      size: async () => size,
      setVcpus: (vcpus) => step("vcpus", vcpus),
      setMemory: (memoryBytes) => step("memory", memoryBytes / MIB),
    },
    setOnlineProcessors: (count) => step("online", count),
  };
  return { vm, steps };
}

const SMALL = { vcpus: 1, memoryBytes: 512 * MIB };
const LARGE = { vcpus: 3, memoryBytes: 1024 * MIB };
const UNSUPPORTED = new TskataError("unsupported", "this machine can't");

t.test("growVm() plugs what is missing, then has the guest use the processors", async (t) => {
  const { vm, steps } = recordingVm(SMALL);
  t.same(await growVm(vm, LARGE, signal), []);
  t.same(steps, ["memory 1024", "vcpus 3", "online 3"]);
});

t.test("growVm() leaves alone what isn't named, or there already", async (t) => {
  const { vm, steps } = recordingVm(LARGE);
  await growVm(vm, {}, signal);
  await growVm(vm, { memoryBytes: 600 * MIB }, signal);
  t.same(steps, []);
  await growVm(vm, { vcpus: 2 }, signal);
  t.same(steps, ["online 2"], "one that is there may be offline");
});

t.test("growVm() tells what the VM can't be given, and gives the rest", async (t) => {
  const noMemory = recordingVm(SMALL, { memory: UNSUPPORTED });
  t.same(await growVm(noMemory.vm, LARGE, signal), ["the memory limit is more than the VM has: this machine can't"]);
  t.same(noMemory.steps, ["memory 1024", "vcpus 3", "online 3"]);
  const noProcessors = recordingVm(SMALL, { vcpus: UNSUPPORTED });
  t.same(await growVm(noProcessors.vm, LARGE, signal), ["the CPU limit is more than the VM has: this machine can't"]);
  t.same(noProcessors.steps, ["memory 1024", "vcpus 3"]);
});

t.test("growVm() fails where the guest doesn't take what it gets", async (t) => {
  for (const [name, steps] of [
    ["memory", ["memory 1024"]],
    ["vcpus", ["memory 1024", "vcpus 3"]],
    ["online", ["memory 1024", "vcpus 3", "online 3"]],
  ] as const) {
    const failure = new TskataError("deadline", "the guest says nothing");
    const recording = recordingVm(SMALL, { [name]: failure });
    await t.rejects(growVm(recording.vm, LARGE, signal), failure);
    t.same(recording.steps, steps);
  }
});

t.test("shrinkVm() has processors offline before they are unplugged, then takes memory", async (t) => {
  const { vm, steps } = recordingVm(LARGE);
  await shrinkVm(vm, SMALL, signal);
  t.same(steps, ["online 1", "vcpus 1", "memory 512"]);
});

t.test("shrinkVm() does nothing to a VM that isn't too large, and is content with processors offline", async (t) => {
  const small = recordingVm(SMALL);
  await shrinkVm(small.vm, LARGE, signal);
  t.same(small.steps, []);
  const kept = recordingVm(LARGE, { vcpus: UNSUPPORTED });
  await shrinkVm(kept.vm, SMALL, signal);
  t.same(kept.steps, ["online 1", "vcpus 1", "memory 512"]);
});

t.test("shrinkVm() fails where the guest keeps what it was asked for", async (t) => {
  const failure = new TskataError("failed-precondition", "the guest needs it");
  await t.rejects(shrinkVm(recordingVm(LARGE, { memory: failure }).vm, SMALL, signal), failure);
});
