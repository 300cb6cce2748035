import t from "tap";
import { chooseLink, type LinkChoice } from "../../../../hypervisors/qemu/agent-link/choose-link.js";
import { serialLink } from "../../../../hypervisors/qemu/agent-link/serial-link.js";

const CHOICE: LinkChoice = {
  transport: "serial",
  vhostDeviceVsock: "/nonexistent/device",
  user: undefined,
  spec: { runDirectory: "/nonexistent" },
  form: undefined,
  debugLog: () => undefined,
  vsockPart: undefined,
};
const CLONE = { kind: "template", directory: "/t", memory: "copied" } as const;

t.test("chooseLink() has a serial port for what can have no other", async (t) => {
  t.equal(await chooseLink(CHOICE), serialLink);
  for (const transport of ["vsock", "vhost-user-vsock"] as const) {
    t.equal(await chooseLink({ ...CHOICE, transport, form: "live" }), serialLink, `${transport} of a fork`);
  }
  const cloned = { ...CHOICE, transport: "vhost-user-vsock", spec: { ...CHOICE.spec, start: CLONE } } as const;
  t.equal(await chooseLink(cloned), serialLink, "QEMU keeps no vhost-user device in a template");
});

t.test("chooseLink() fails where the host lacks what is asked for", async (t) => {
  await t.rejects(chooseLink({ ...CHOICE, transport: "vhost-user-vsock" }), { code: "not-found" });
  await t.rejects(chooseLink({ ...CHOICE, transport: "vsock", vsockPart: "/nonexistent/vsock.node" }), {
    code: "unavailable",
    message: /^take a CID for the VM of \/dev\/vhost-vsock: vsock-ts has no native part/,
  });
});
