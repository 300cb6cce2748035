import t from "tap";
import { readFragments, withVariant } from "../../kernel-config/configure.js";
import { KERNEL_SERIES } from "../../kernel-config/linux-source.js";
import { parseFragment, unmetRequests, unmetText } from "../../kernel-config/option-request.js";
import { TskataError } from "../../src/common/error.js";

const FRAGMENT = [
  "# virtio for the guest",
  "CONFIG_VIRTIO_BLK=y",
  "CONFIG_NR_CPUS=64",
  'CONFIG_LSM="landlock,yama"',
  "",
  "# CONFIG_MODULES is not set",
].join("\n");

const CONFIG = [
  "#",
  "# Automatically generated file; DO NOT EDIT.",
  "#",
  "CONFIG_VIRTIO_BLK=y",
  "CONFIG_NR_CPUS=64",
  'CONFIG_LSM="landlock,yama"',
  "# CONFIG_MODULES is not set",
  "",
].join("\n");

t.test("parseFragment() reads set options, values and options that shall not be set", async (t) => {
  t.strictSame(
    parseFragment("virtio.conf", FRAGMENT).map(({ option, value }) => [option, value]),
    [
      ["CONFIG_VIRTIO_BLK", "y"],
      ["CONFIG_NR_CPUS", "64"],
      ["CONFIG_LSM", '"landlock,yama"'],
      ["CONFIG_MODULES", undefined],
    ],
  );
});

t.test("parseFragment() names the line that it can't read", async (t) => {
  for (const line of ["VIRTIO_BLK=y", "CONFIG_X", "CONFIG_X=", "# CONFIG_X is unset", " CONFIG_X=y"]) {
    t.throws(() => parseFragment("bad.conf", `# reason\n${line}\n`), {
      code: "invalid-argument",
      message: /^bad\.conf:2: /,
    });
  }
});

t.test("unmetRequests() finds nothing where all is met", async (t) => {
  t.strictSame(unmetRequests(parseFragment("virtio.conf", FRAGMENT), CONFIG), []);
});

t.test("unmetRequests() takes an option that the configuration doesn't know as not set", async (t) => {
  const gone = CONFIG.replace("# CONFIG_MODULES is not set\n", "");
  t.strictSame(unmetRequests(parseFragment("virtio.conf", FRAGMENT), gone), []);
});

t.test("unmetRequests() finds an option that was dropped, changed, or turned on", async (t) => {
  const config = CONFIG.replace("CONFIG_VIRTIO_BLK=y", "# CONFIG_VIRTIO_BLK is not set")
    .replace("CONFIG_NR_CPUS=64", "CONFIG_NR_CPUS=8")
    .replace("# CONFIG_MODULES is not set", "CONFIG_MODULES=y");
  const unmet = unmetRequests(parseFragment("virtio.conf", FRAGMENT), config);
  t.strictSame(
    unmet.map(({ option, found }) => [option, found]),
    [
      ["CONFIG_VIRTIO_BLK", undefined],
      ["CONFIG_NR_CPUS", "8"],
      ["CONFIG_MODULES", "y"],
    ],
  );
  t.equal(
    unmetText(unmet),
    "CONFIG_VIRTIO_BLK: virtio.conf asks for y, the configuration has not set\n" +
      "CONFIG_NR_CPUS: virtio.conf asks for 64, the configuration has 8\n" +
      "CONFIG_MODULES: virtio.conf asks for not set, the configuration has y",
  );
});

t.test("an option whose name begins like another's is not taken for it", async (t) => {
  const requests = parseFragment("x.conf", "CONFIG_XEN=y");
  t.equal(unmetRequests(requests, "CONFIG_XEN_PV=y\n").length, 1);
});

t.test("the error for an unreadable fragment is the project's own", async (t) => {
  t.throws(() => parseFragment("bad.conf", "?"), TskataError);
});

t.test("no option is asked for twice, whether in one fragment or in two", async (t) => {
  for (const series of KERNEL_SERIES) {
    const fragments = await readFragments("kernel-config/fragments", series);
    const options = fragments.flatMap(({ requests }) => requests.map(({ option }) => option));
    t.strictSame(
      options.filter((option, index) => options.indexOf(option) !== index),
      [],
      series,
    );
  }
});

t.test("a variant takes the place of what the fragments ask for otherwise, and says nothing twice", async (t) => {
  for (const series of KERNEL_SERIES) {
    const common = await readFragments("kernel-config/fragments", series);
    const fragments = await withVariant("kernel-config/variants", "xen-pv", common);
    const requests = fragments.flatMap((fragment) => fragment.requests);
    const values = requests.filter(({ option }) => option === "CONFIG_XEN_PV").map(({ value }) => value);
    t.strictSame(values, ["y"], series);
    t.equal(new Set(requests.map(({ option }) => option)).size, requests.length);
  }
});
