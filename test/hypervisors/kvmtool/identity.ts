import { chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { chooseIdentity } from "../../../hypervisors/kvmtool/identity.js";

const needsRoot = { skip: process.getuid?.() === 0 ? false : "only root can give files away" };

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
