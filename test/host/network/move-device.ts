import t from "tap";
import { CleanupStack } from "../../../src/common/cleanup-stack.js";
import { moveDevice } from "../../../src/host/network/move-device.js";
import { NAMESPACE, recordedNetwork, type TestDevice, VETH } from "./fixtures/recorded-network.js";

const MOVE = { name: "veth0", newName: "lan0" };
const HOST = `/proc/${process.pid}/ns/net`;

const FORTH = [
  "host: ip link set dev veth0 down",
  `host: ip link set dev veth0 netns ${NAMESPACE} name lan0`,
  "container: ip address replace 192.0.2.7/24 broadcast 192.0.2.255 scope global dev lan0",
  "container: ip address replace 2001:db8::7/64 scope global dev lan0",
  "container: ip link set dev lan0 up",
];
const RESTORED = [
  "host: ip address replace 192.0.2.7/24 broadcast 192.0.2.255 scope global dev veth0",
  "host: ip address replace 127.0.0.33/32 scope host dev veth0",
  "host: ip address replace 2001:db8::7/64 scope global dev veth0",
  "host: ip address replace fe80::7/64 scope link dev veth0",
  "host: ip link set dev veth0 up",
];
const BACK = `container: ip link set dev lan0 netns ${HOST} name veth0`;

t.test("moveDevice() moves and renames at once, takes lasting global addresses along, and sets up", async (t) => {
  const { command, calls } = recordedNetwork({ host: [{ ifname: "lo" }, VETH] });
  const moved = await moveDevice(command, MOVE, NAMESPACE, new CleanupStack());
  t.strictSame(calls, FORTH);
  t.strictSame(moved, {
    name: "lan0",
    linkType: "ether",
    macAddress: "02:00:00:00:00:07",
    mtu: 1400,
    isUp: true,
    addresses: [
      { address: "192.0.2.7", prefixLength: 24, scope: "global", broadcast: "192.0.2.255" },
      { address: "2001:db8::7", prefixLength: 64, scope: "global" },
    ],
  });
});

t.test("what moveDevice() did is undone with all lasting addresses, whether the device was up or not", async (t) => {
  const giveBack = new CleanupStack();
  const { command, calls } = recordedNetwork({ host: [VETH] });
  await moveDevice(command, MOVE, NAMESPACE, giveBack);
  t.strictSame(await giveBack.run(), []);
  t.strictSame(calls, [...FORTH, BACK, ...RESTORED]);

  const down = recordedNetwork({ host: [{ ...VETH, flags: ["BROADCAST"], addr_info: [] }] });
  await moveDevice(down.command, MOVE, NAMESPACE, giveBack);
  down.calls.length = 0;
  t.strictSame(await giveBack.run(), []);
  t.strictSame(down.calls, [BACK]);
});

t.test("a step of moveDevice() that fails leaves what came before it to be undone", async (t) => {
  for (const [fails, undone] of [
    [/ down$/, RESTORED],
    [/ netns /, RESTORED],
    [/lan0 up$/, [BACK, ...RESTORED]],
  ] as const) {
    const giveBack = new CleanupStack();
    const { command, calls } = recordedNetwork({ host: [VETH] }, fails);
    await t.rejects(moveDevice(command, MOVE, NAMESPACE, giveBack), {
      message: "move network device veth0 to the container: no",
    });
    calls.length = 0;
    if (undone.length === RESTORED.length) await giveBack.run();
    else t.strictSame(await giveBack.run(), []);
    t.strictSame(calls, undone);
  }
});

t.test("moveDevice() refuses what can't be moved, and touches nothing", async (t) => {
  const what = "move network device veth0 to the container";
  const tunnel: TestDevice = { ...VETH, link_type: "none" };
  for (const [host, container, newName, code, message] of [
    [[], [], "lan0", "not-found", `${what}: the host has no such device; see ip link show`],
    [[tunnel], [], "lan0", "unsupported", `${what}: a VM can have Ethernet devices, and this one is none`],
    [[VETH], [], "eth%d", "invalid-argument", `${what}: the name eth%d is a pattern to the kernel; use no %`],
    [
      [VETH],
      [{ ...VETH, ifname: "lan0" }],
      "lan0",
      "already-exists",
      `${what}: its network namespace has a device lan0 already; give it another name`,
    ],
  ] as const) {
    const { command, calls } = recordedNetwork({ host, container });
    const moving = moveDevice(command, { name: "veth0", newName }, NAMESPACE, new CleanupStack());
    await t.rejects(moving, { code, message });
    t.strictSame(calls, []);
  }
});
