import t from "tap";
import { chooseGuestType, whyNotPvh } from "../../../hypervisors/xen/guest-type.js";
import type { KernelEntries } from "../../../hypervisors/xen/kernel-entries.js";

const NEW = { major: 4, minor: 17, freeMib: 1, hasHvm: true, scheduler: "credit2", totalMib: 8192, processors: 4 };
const OLD = { ...NEW, minor: 8 };
const PLAIN = { ...NEW, hasHvm: false };

/** `/both` can do both, `/pv` and `/pvh` one each. */
async function entries(path: string): Promise<KernelEntries> {
  return { pvh: path !== "/pv", pv: path !== "/pvh" };
}

t.test("chooseGuestType() takes PVH where it can be had, and PV elsewhere with the kernel for that", async (t) => {
  const auto = { guest: "auto", pvKernel: "/pv" } as const;
  t.strictSame(await chooseGuestType(auto, "/pvh", NEW, entries), { type: "pvh", path: "/pvh" });
  for (const host of [OLD, PLAIN]) {
    t.strictSame(await chooseGuestType(auto, "/pvh", host, entries), { type: "pv", path: "/pv" });
  }
  const own = { guest: "pv", pvKernel: undefined } as const;
  t.strictSame(await chooseGuestType(own, "/both", NEW, entries), { type: "pv", path: "/both" });
});

t.test("chooseGuestType() refuses PVH where Xen or the processor have none, and says why", async (t) => {
  const pvh = { guest: "pvh", pvKernel: undefined } as const;
  await t.rejects(chooseGuestType(pvh, "/pvh", OLD, entries), {
    code: "unsupported",
    message: /Xen 4\.8 has no PVH.*4\.10/,
  });
  await t.rejects(chooseGuestType(pvh, "/pvh", PLAIN, entries), { code: "unsupported", message: /missing or off/ });
});

t.test("chooseGuestType() refuses a kernel that can't boot so, and says what to do", async (t) => {
  const none = { pvKernel: undefined };
  await t.rejects(chooseGuestType({ ...none, guest: "pvh" }, "/pv", NEW, entries), {
    code: "unsupported",
    message: /\/pv can't boot as a PVH guest/,
  });
  await t.rejects(chooseGuestType({ ...none, guest: "auto" }, "/pvh", OLD, entries), {
    code: "unsupported",
    message: /\/pvh can't boot as a PV guest.*PVH can't be had: Xen 4\.8.*xen\.pv_kernel/,
  });
});

t.test("whyNotPvh() has nothing against a host that can", async (t) => {
  t.equal(whyNotPvh(NEW), undefined);
});
