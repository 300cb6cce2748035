import { once } from "node:events";
import { duplexPair } from "node:stream";
import t from "tap";
import { chooseLink } from "../../../hypervisors/kvmtool/agent-link/choose-link.js";
import { openConsoleLink } from "../../../hypervisors/kvmtool/agent-link/console-link.js";

const PARTS = { vsockPart: undefined, consoleRelay: "/relay" };

t.test("an agent is reached by a console where that is asked for, and where there is no vsock", async (t) => {
  for (const agentTransport of ["console", "auto"] as const) {
    const link = chooseLink({ ...PARTS, agentTransport }, "/nonexistent");
    t.equal(link.kernelParameter, "tskata.agent=hvc0");
    t.equal(link.consoles?.relay, "/relay");
    t.strictSame([await link.chooseCid(), await link.isTaken()], [undefined, false]);
  }
  t.throws(() => chooseLink({ ...PARTS, agentTransport: "console", consoleRelay: undefined }), {
    code: "unsupported",
    message: /without a program for it/,
  });
});

t.test("the console is the agent's from its greeting on, after what lkvm says", async (t) => {
  const link = openConsoleLink("/relay");
  await t.rejects(link.open(), { code: "internal" });
  const [host, guest] = duplexPair();
  link.consoles?.take(host);
  guest.write("  Info: # lkvm run\r\ntskata:agent\nbytes");
  const channel = await link.open();
  t.equal(String((await once(channel, "data"))[0]), "bytes");
});
