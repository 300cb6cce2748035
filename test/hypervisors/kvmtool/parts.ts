import { chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import t from "tap";
import { bootCards } from "../../../hypervisors/kvmtool/boot-cards.js";
import { lkvmArguments } from "../../../hypervisors/kvmtool/command-line.js";
import { complaints } from "../../../hypervisors/kvmtool/errors.js";
import { haltDetector } from "../../../hypervisors/kvmtool/halt-detector.js";
import { chooseIdentity } from "../../../hypervisors/kvmtool/identity.js";
import { kernelImage } from "../../../hypervisors/kvmtool/kernel-image.js";
import { kernelCommandLine } from "../../../hypervisors/kvmtool/kernel-parameters.js";
import { versionFinding, vsockFinding } from "../../../hypervisors/kvmtool/probe.js";
import { vmExitOf } from "../../../hypervisors/kvmtool/vm-exit.js";

const needsRoot = { skip: process.getuid?.() === 0 ? false : "only root can give files away" };

t.test("lkvmArguments() are what lkvm takes", async (t) => {
  const files = { kernelPath: "/k", imagePath: "/i", initrdPath: "/r", shares: [{ tag: "t", directory: "/d" }] };
  const cards = [{ tap: "tap0", macAddress: "02:00:00:00:00:01" }];
  const input = { files, commandLine: "quiet", cid: 7, cards, extraArguments: ["--rng"] };
  t.equal(
    lkvmArguments({ vcpus: 2, memoryBytes: 256 * 1024 * 1024 + 1 }, input).join(" "),
    "run --nodefaults --name vm --kernel /k --params quiet --initrd /r --cpus 2 --mem 257M --console serial " +
      "--disk /i,ro --vsock 7 --9p /d,t --network mode=tap,tapif=tap0,guest_mac=02:00:00:00:00:01 --rng",
  );
  const bare = { files: { kernelPath: "/k", imagePath: "/i", shares: [] }, commandLine: "", cid: undefined };
  const none = lkvmArguments({ vcpus: 1, memoryBytes: 1 }, { ...bare, cards: [], extraArguments: [] });
  t.equal(
    none.join(" "),
    "run --nodefaults --name vm --kernel /k --cpus 1 --mem 1M --console serial --disk /i,ro --network mode=none",
  );
});

t.test("kernelCommandLine() takes what fits, and not a byte more", async (t) => {
  const length = kernelCommandLine({ agent: "tskata.agent=x", extra: [] }).length;
  t.equal(kernelCommandLine({ agent: "tskata.agent=x", extra: ["p".repeat(2047 - length - 1)] }).length, 2047);
  t.throws(() => kernelCommandLine({ agent: "tskata.agent=x", extra: ["p".repeat(2047 - length)] }), {
    code: "invalid-argument",
    message: /has 2048 bytes, and kvmtool takes 2047/,
  });
  t.match(kernelCommandLine({ agent: "a", extra: ["panic=0"] }), / panic=-1 .* panic=0$/, "what is extra wins");
});

t.test("kernelImage() takes a bzImage, or the one beside it", async (t) => {
  const header = `${"\0".repeat(0x202)}HdrS`;
  const both = t.testdir({ vmlinux: "\x7fELF", bzImage: header });
  t.equal(await kernelImage(join(both, "bzImage")), join(both, "bzImage"));
  t.equal(await kernelImage(join(both, "vmlinux")), join(both, "bzImage"));
  const alone = t.testdir({ vmlinux: "\x7fELF" });
  await t.rejects(kernelImage(join(alone, "vmlinux")), { code: "unsupported", message: /guest\.kernel/ });
});

t.test("haltDetector() finds the kernel's word wherever it is split, and passes all on", async (t) => {
  const text = Buffer.from("before\n[    1.0] reboot: System halted\nafter reboot: System halted");
  for (let at = 0; at <= text.length; at += 1) {
    let told = 0;
    const detector = haltDetector(() => (told += 1));
    detector.write(text.subarray(0, at));
    detector.end(text.subarray(at));
    t.ok((await buffer(detector)).equals(text));
    t.equal(told, 1, `split at ${at}`);
  }
  let told = 0;
  const other = haltDetector(() => (told += 1));
  other.end("reboot: System halte");
  await buffer(other);
  t.equal(told, 0);
});

t.test("vmExitOf() puts what the guest did before what was done to lkvm", async (t) => {
  const killed = { exitCode: null, signal: "SIGKILL", stderr: "" } as const;
  const ended = { exitCode: 0, signal: null, stderr: "" };
  const of = (isHalted: boolean, stopRequested: boolean, process: typeof killed | typeof ended): string =>
    vmExitOf({ isHalted, stopRequested, process }).kind;
  t.equal(of(true, true, killed), "guest-shutdown");
  t.equal(of(false, true, killed), "stopped");
  t.equal(of(false, true, ended), "guest-panic");
  t.equal(of(false, false, killed), "vmm-died");
});

t.test("complaints() leaves out what lkvm tells everybody", async (t) => {
  t.equal(complaints("  Info: # lkvm run\n  Error: one\n\n Fatal: two\n"), "Error: one; Fatal: two");
});

t.test("bootCards() have addresses of their own, administered locally", async (t) => {
  const cards = bootCards(3);
  t.strictSame(
    cards.map(({ tap }) => tap),
    ["tap0", "tap1", "tap2"],
  );
  t.equal(new Set(cards.map(({ macAddress }) => macAddress)).size, 3);
  for (const { macAddress } of cards) t.match(macAddress, /^02(:[0-9a-f]{2}){5}$/);
});

t.test("chooseIdentity() takes the least rights that will do", needsRoot, async (t) => {
  const directory = t.testdir({ open: "", group: "", closed: "" });
  const at = (name: string): string => join(directory, name);
  chmodSync(at("open"), 0o666);
  chownSync(at("group"), 0, 77);
  chmodSync(at("group"), 0o660);
  chmodSync(at("closed"), 0o600);
  const user = { uid: 5, gid: 6 };
  const input = { user, servesFiles: false, hasCards: false, devices: [at("open"), at("group"), at("none")] };
  t.strictSame(await chooseIdentity(input), { user, groups: [77], capabilities: [] });
  const forced = await chooseIdentity({ ...input, hasCards: true, devices: [at("closed")] });
  t.strictSame(forced, { user: { uid: 0, gid: 0 }, groups: [], capabilities: ["net_admin"] });
  const server = await chooseIdentity({ ...input, servesFiles: true });
  t.match(server, { user: { uid: 0 }, groups: [], capabilities: ["chown", "dac_override"] });
  t.notOk(server.capabilities.includes("net_admin"));
});

t.test("findings say what was found and what mends it", async (t) => {
  t.match(versionFinding("/l", "kvm tool 3.18.0\n"), { level: "ok", detail: "kvm tool 3.18.0 (/l)" });
  t.match(versionFinding("/l", "nonsense"), { level: "missing", detail: /is no kvmtool/ });
  const device = join(t.testdir({ there: "" }), "there");
  t.match(vsockFinding(device), { level: "ok" });
  t.match(vsockFinding("/nonexistent"), { level: "missing", remedy: "modprobe vhost_vsock" });
});
