import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import {
  domainMemoryMib,
  domainSize,
  domainState,
  guestExit,
  onlineVcpus,
} from "../../../hypervisors/xen/domain-list.js";

const UUID = "789d38e1-6036-4db9-a161-d5acae96473b";
const HEAD =
  "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code\tSecurity Label\nDomain-0                                     0  4096     1     r-----      76.9 00000000-0000-0000-0000-000000000000        -                -\n";
const list = (state: string, reason: string, name = "tskata-x1"): string =>
  `${HEAD}${name.padEnd(40)}     3   256     1     ${state}       0.0 ${UUID} ${reason.padStart(8)}                -\n`;

t.test("domainState() reads xl list -v", async (t) => {
  t.strictSame(domainState(list("--p---", "-"), UUID), { kind: "alive" });
  t.strictSame(domainState(list("---s--", "0"), UUID), { kind: "shut-down", reason: 0 });
  t.strictSame(domainState(list("---s--", "3"), UUID), { kind: "shut-down", reason: 3 });
  t.strictSame(domainState(list("---sc-", "3"), UUID), { kind: "shut-down", reason: 3 });
  t.strictSame(domainState(list("-----d", "-", "(null)"), UUID), { kind: "gone" });
  t.strictSame(domainState(HEAD, UUID), { kind: "gone" });
});

t.test("guestExit() tells powering off from everything else", async (t) => {
  t.strictSame(guestExit(0), { kind: "guest-shutdown" });
  for (const reason of [1, 2, 3, 4, 255]) t.strictSame(guestExit(reason), { kind: "guest-panic" });
});

t.test("domainSize() reads xl list -l, of one domain alone or in a list", async (t) => {
  const text = readFileSync(join(import.meta.dirname, "fixtures/xl-list-l-4.17.json"), "utf8");
  const size = { vcpus: 1, memoryBytes: 256 * 1024 * 1024 };
  t.strictSame(domainSize(text), size);
  t.strictSame(domainSize(JSON.stringify((JSON.parse(text) as unknown[])[0])), size);
});

t.test("domainSize() refuses a list that says nothing of it", async (t) => {
  t.throws(() => domainSize("[]"), { code: "internal" });
});

t.test("domainMemoryMib() reads xl list of one domain", async (t) => {
  const head = "Name                                        ID   Mem VCPUs\tState\tTime(s)\n";
  t.equal(
    domainMemoryMib(`${head}tskata-7 4 8 x1                              3   768     2     -b----       1.5\n`),
    768,
  );
  t.throws(() => domainMemoryMib(head), { code: "internal" });
});

t.test("onlineVcpus() counts those that aren't offline", async (t) => {
  const list = [
    "Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)",
    "tskata-x1                            3     0    0   -b-       0.8  all / all",
    "tskata-x1                            3     1    0   r--       0.1  all / all",
    "tskata-x1                            3     2    -   --p       0.0  all / all",
  ];
  t.equal(onlineVcpus(list.join("\n")), 2);
  t.equal(onlineVcpus(""), 0);
});
