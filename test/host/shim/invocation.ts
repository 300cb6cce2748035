import { resolve } from "node:path";
import t from "tap";
import { parseInvocation } from "../../../src/host/shim/invocation.js";

t.test("parseInvocation() reads what containerd says of a start and of a clean-up", async (t) => {
  const common = [
    "-namespace",
    "k8s.io",
    "-address",
    "/c.sock",
    "-publish-binary",
    "/usr/bin/containerd",
    "-id",
    "pod",
  ];
  t.strictSame(parseInvocation([...common, "start"], { TTRPC_ADDRESS: "/c.sock.ttrpc" }), {
    action: "start",
    namespace: "k8s.io",
    id: "pod",
    bundle: resolve("."),
    address: "/c.sock",
    eventsAddress: "/c.sock.ttrpc",
    socket: "",
    debug: false,
  });
  t.match(parseInvocation([...common, "-debug", "-bundle", "/b", "delete"], {}), {
    action: "delete",
    bundle: "/b",
    eventsAddress: "",
    debug: true,
  });
  t.match(parseInvocation([...common, "-socket", "/s"], {}), { action: "serve", socket: "/s" });
});

t.test("parseInvocation() takes -v and -info alone", async (t) => {
  t.equal(parseInvocation(["-v"], {}).action, "version");
  t.equal(parseInvocation(["--version"], {}).action, "version");
  t.equal(parseInvocation(["-info"], {}).action, "info");
});

t.test("parseInvocation() says what is wrong", async (t) => {
  const parse =
    (...args: string[]) =>
    () =>
      parseInvocation(args, {});
  t.throws(parse("stop"), { code: "invalid-argument", message: /^stop: no such action/ });
  t.throws(parse("-id", "x", "start"), {
    code: "invalid-argument",
    message: /^-namespace is missing: .*docs\/shim\.md/,
  });
  t.throws(parse("-namespace", "x", "start"), { message: /^-id is missing/ });
  t.throws(parse("-nonsense"), { code: "invalid-argument", message: /nonsense/ });
});
