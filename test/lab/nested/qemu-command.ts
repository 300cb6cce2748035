import t from "tap";
import { nestedArguments } from "../../../src/lab/nested/qemu-command.js";

const ROOT = { kernel: "/c/vmlinuz", initrd: "/c/initrd", xen: "/c/xen", packages: "/c,d/packages.erofs" };
const COMMAND = { root: ROOT, initrd: "/t,mp/initrd", port: 2222, memoryMib: 6144 } as const;

function valueOf(args: readonly string[], option: string): string | undefined {
  return args[args.indexOf(option) + 1];
}

t.test("a machine with KVM boots the kernel", async (t) => {
  const args = nestedArguments({ ...COMMAND, kind: "kvm", accelerator: "tcg" });
  t.equal(valueOf(args, "-kernel"), "/c/vmlinuz");
  t.equal(valueOf(args, "-initrd"), "/t,mp/initrd");
  t.match(valueOf(args, "-append"), /console=ttyS0/);
  t.strictSame([valueOf(args, "-cpu"), valueOf(args, "-smp"), valueOf(args, "-m")], ["max", "1", "6144M"]);
});

t.test("a machine with Xen boots that, with kernel and RAM disk as its modules, without SMAP", async (t) => {
  const args = nestedArguments({ ...COMMAND, kind: "xen", accelerator: "tcg" });
  t.equal(valueOf(args, "-kernel"), "/c/xen");
  t.match(valueOf(args, "-initrd"), /^\/c\/vmlinuz console=hvc0 .*,\/t,,mp\/initrd$/);
  t.match(valueOf(args, "-append"), /dom0_mem=3G.*smap=no/);
  t.strictSame([valueOf(args, "-cpu"), valueOf(args, "-smp")], ["max,-smap", "1"]);
});

t.test(
  "a machine sees the network through one port of the loopback interface, and the host's files read-only",
  async (t) => {
    const args = nestedArguments({ ...COMMAND, kind: "kvm", accelerator: "kvm" });
    t.equal(valueOf(args, "-cpu"), "host");
    t.equal(valueOf(args, "-netdev"), "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:2222-:22");
    t.match(valueOf(args, "-fsdev"), /path=\/,.*readonly=on/);
    t.equal(valueOf(args, "-drive"), "file=/c,,d/packages.erofs,format=raw,if=none,id=packages,readonly=on");
  },
);
