import t from "tap";
import { parseConfiguration } from "../../../src/host/config/parse-configuration.js";
import { refusal } from "../../oci/fixtures/issues.js";

t.test("parseConfiguration() takes every key", async (t) => {
  const text = `
[hypervisor]
driver = "qemu"
allowed_by_annotation = ["qemu"]
[qemu]
binary = "/usr/bin/qemu-system-x86_64"
accelerator = "tcg"
machine = "microvm"
user = "nobody"
extra_arguments = ["-d", "int"]
[guest]
kernel = "/k"
image = "/i"
kernel_parameters = ["quiet"]
memory_mib = 256
vcpus = 2
boot_timeout_ms = 1000
agent_timeout_ms = 2000
heartbeat_ms = 3000
[share]
backend = "9p"
virtiofsd = "/usr/libexec/virtiofsd"
[paths]
run_dir = "/run/a"
state_root = "/run/b"
[debug]
console = true
log_level = "debug"
[vm_section]
allow = true
`;
  t.equal(Object.keys(parseConfiguration(text, "c.toml")).length, 7);
});

t.test("parseConfiguration() says of each fault the file, the key, what was found and what was expected", async (t) => {
  const cases: [string, string][] = [
    [
      "[guest]\nmemory_mb = 5",
      'guest.memory_mb: found an unknown name, expected one of "kernel", "image", ' +
        '"kernel_parameters", "memory_mib", "vcpus", "boot_timeout_ms", "agent_timeout_ms", "heartbeat_ms" ' +
        '(did you mean "memory_mib"?)',
    ],
    ["[guests]", 'guests: found an unknown name, expected a known one (did you mean "guest"?)'],
    [
      "vcpus = 1",
      'vcpus: found an unknown name, expected one of "hypervisor", "qemu", "kvmtool", "xen", "guest", "share", "template", "paths", ' +
        '"host_cgroup", "debug", "vm_section"',
    ],
    ["guest = 1", "guest: found 1, expected an object"],
    ['[guest]\nmemory_mib = "2G"', 'guest.memory_mib: found "2G", expected an integer from 64 to 1048576'],
    ["[guest]\nmemory_mib = 1.5", "guest.memory_mib: found 1.5, expected an integer from 64 to 1048576"],
    ['[guest]\nkernel = "vmlinux"', 'guest.kernel: found "vmlinux", expected an absolute path'],
    [
      '[guest]\nkernel_parameters = ["a b"]',
      'guest.kernel_parameters[0]: found "a b", expected one kernel parameter, without blanks',
    ],
    ['[qemu]\nbinary = ""', 'qemu.binary: found "", expected a text that isn\'t empty'],
    ['[qemu]\naccelerator = "xen"', 'qemu.accelerator: found "xen", expected one of "auto", "kvm", "tcg"'],
    ["[debug]\nconsole = 1", "debug.console: found 1, expected true or false"],
    ["[debug]\nconsole = 2020-01-01", "debug.console: found an object, expected true or false"],
  ];
  for (const [text, message] of cases) {
    t.equal(
      refusal(() => parseConfiguration(text, "c.toml")),
      `c.toml: ${message}`,
    );
  }
});

t.test("parseConfiguration() says where a file is not TOML", async (t) => {
  t.match(
    refusal(() => parseConfiguration("[guest]\nvcpus == 1\n", "c.toml")),
    /^c\.toml: not valid TOML at line 2, column \d+: [^\n]*$/,
  );
});

t.test("parseConfiguration() keeps __proto__ from passing for a section", async (t) => {
  t.match(
    refusal(() => parseConfiguration("[__proto__]\nx = 1\n", "c.toml")),
    /__proto__: found an unknown name/,
  );
});
