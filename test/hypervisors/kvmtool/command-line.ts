import t from "tap";
import { lkvmArguments } from "../../../hypervisors/kvmtool/command-line.js";

t.test("lkvmArguments() are what lkvm takes", async (t) => {
  const files = { kernelPath: "/k", imagePath: "/i", initrdPath: "/r", shares: [{ tag: "t", directory: "/d" }] };
  const cards = [{ tap: "tap0", macAddress: "02:00:00:00:00:01" }];
  const input = {
    files,
    commandLine: "quiet",
    cid: 7,
    hasTerminals: false,
    cards,
    balloon: true,
    extraArguments: ["--rng"],
  };
  t.equal(
    lkvmArguments({ vcpus: 2, memoryBytes: 256 * 1024 * 1024 + 1 }, input).join(" "),
    "run --nodefaults --name vm --kernel /k --params quiet --initrd /r --cpus 2 --mem 257M --console serial " +
      "--disk /i,ro --vsock 7 --9p /d,t --network mode=tap,tapif=tap0,guest_mac=02:00:00:00:00:01 --balloon --rng",
  );
  const bare = {
    files: { kernelPath: "/k", imagePath: "/i", shares: [] },
    commandLine: "",
    cid: undefined,
    hasTerminals: false,
    balloon: false,
  };
  const none = lkvmArguments({ vcpus: 1, memoryBytes: 1 }, { ...bare, cards: [], extraArguments: [] });
  t.equal(
    none.join(" "),
    "run --nodefaults --name vm --kernel /k --cpus 1 --mem 1M --console serial --disk /i,ro --network mode=none",
  );
  const terminals = lkvmArguments(
    { vcpus: 1, memoryBytes: 1 },
    { ...bare, hasTerminals: true, cards: [], extraArguments: [] },
  );
  t.match(
    terminals.join(" "),
    / --console virtio --tty 1 --disk /,
    "a virtio console on standard streams, and a port beside",
  );
});
