import t from "tap";
import { StubToolstack } from "./fixtures/stub-toolstack.js";

const MIB = 1024 * 1024;
const LARGEST = { vcpus: 4, memoryBytes: 1024 * MIB };

t.test("a domain begins with the processors of its spec, and is told of others", async (t) => {
  const xen = new StubToolstack(t);
  const vm = await xen.driver().boot(xen.spec({ largest: LARGEST }));
  const [written] = xen.calls().filter((call) => call.startsWith("xenstore-write"));
  t.match(written, /cpu\/2\/availability offline .*cpu\/3\/availability offline/);
  t.notMatch(written, /cpu\/1\//);
  await vm.setVcpus(4);
  t.equal((await vm.size()).vcpus, 4);
  t.match(
    xen.calls().join("\n"),
    /vcpu-set --ignore-host tskata-stub-\w+ 4 [^]*sched-credit2 -d tskata-stub-\w+ -c 400 /,
  );
  await vm.setVcpus(1);
  t.equal((await vm.size()).vcpus, 1);
  await t.rejects(vm.setVcpus(5), { code: "unsupported", message: /room for 4 processors/ });
  await vm.stop();
  await t.rejects(vm.setVcpus(2), { code: "unavailable", message: /the VM is gone/ });
});

t.test("a scheduler that can't limit a domain is left alone", async (t) => {
  const xen = new StubToolstack(t);
  xen.info(/^xen_scheduler.*$/m, "xen_scheduler : null");
  const vm = await xen.driver().boot(xen.spec({ largest: LARGEST }));
  await vm.setVcpus(3);
  t.notMatch(xen.calls().join("\n"), /sched-/);
  await vm.stop();
});

t.test("memory is given and taken, and never that of the boot", async (t) => {
  const xen = new StubToolstack(t);
  const vm = await xen.driver().boot(xen.spec({ largest: LARGEST }));
  await vm.setMemory(768 * MIB);
  t.equal((await vm.size()).memoryBytes, 768 * MIB);
  t.match(xen.calls().join("\n"), /xenstore-write \S+\/memory\/static-max 786432 .*\n.*mem-set tskata-stub-\w+ 768m/);
  await vm.setMemory(100 * MIB);
  t.equal((await vm.size()).memoryBytes, 256 * MIB, "what it was booted with stays");
  await t.rejects(vm.setMemory(1025 * MIB), { code: "unsupported", message: /room for 1024 MiB/ });
  xen.info(/^free_memory.*$/m, "free_memory : 100");
  await t.rejects(vm.setMemory(512 * MIB), { code: "resource", message: /512 MiB of memory: Xen has 100 MiB left/ });
  await vm.stop();
  await t.rejects(vm.setMemory(512 * MIB), { code: "unavailable", message: /the VM is gone/ });
});

t.test("a guest that doesn't follow is given up on when the caller has had enough", async (t) => {
  const xen = new StubToolstack(t);
  const vm = await xen.driver().boot(xen.spec({ largest: LARGEST }));
  xen.refuse();
  await t.rejects(vm.setMemory(512 * MIB, AbortSignal.timeout(500)), { name: "TimeoutError" });
  await t.rejects(vm.setVcpus(1, AbortSignal.timeout(500)), { name: "TimeoutError" });
  await vm.stop();
});
