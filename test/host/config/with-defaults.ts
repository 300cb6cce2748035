import { readFileSync } from "node:fs";
import path from "node:path";
import t from "tap";
import { driverNames } from "../../../hypervisors/known-drivers.js";
import type { ConfigurationFile } from "../../../src/host/config/configuration-file.js";
import { usersOwn } from "../../../src/host/config/users-own.js";
import { withDefaults } from "../../../src/host/config/with-defaults.js";

interface Schema {
  readonly properties: Readonly<Record<string, { readonly properties: Readonly<Record<string, KeySchema>> }>>;
}

interface KeySchema {
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly items?: { readonly enum?: readonly string[] };
  readonly description?: string;
}

const schemaFile = path.resolve(import.meta.dirname, "../../../src/host/config/config.schema.json");
const schema = JSON.parse(readFileSync(schemaFile, "utf8")) as Schema;

t.test("withDefaults() has the defaults that the schema documents", async (t) => {
  const documented = Object.fromEntries(
    Object.entries(schema.properties).map(([section, { properties }]) => [
      section,
      Object.fromEntries(
        Object.entries(properties).flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]])),
      ),
    ]),
  ) as ConfigurationFile;
  t.same(withDefaults({}), withDefaults(documented));
});

t.test("withDefaults() passes on every key", async (t) => {
  const file: Required<ConfigurationFile> = {
    hypervisor: { driver: "qemu", allowed_by_annotation: ["qemu"] },
    qemu: {
      binary: "/q",
      accelerator: "tcg",
      machine: "microvm",
      agent_transport: "vsock",
      vhost_device_vsock: "/v",
      user: "u",
      live_templates: false,
      vhost_net: "on",
      huge_pages: true,
      extra_arguments: ["-x"],
    },
    kvmtool: { binary: "/l", user: "k", agent_transport: "console", balloon: true, extra_arguments: ["-y"] },
    xen: { xl: "/x", guest: "pv", pv_kernel: "/p", extra_config: ["e = 1"] },
    guest: {
      kernel: "/k",
      image: "/i",
      kernel_parameters: ["p"],
      memory_mib: 64,
      vcpus: 9,
      boot_timeout_ms: 1,
      agent_timeout_ms: 2,
      heartbeat_ms: 3,
    },
    template: { enabled: false },
    share: { backend: "disk", virtiofsd: "/v", disk_dir: "/d", disk_room_mib: 2 },
    paths: { run_dir: "/r", template_dir: "/t", state_root: "/s" },
    host_cgroup: { mode: "mirror", overhead_memory_mib: 65, overhead_pids: 66, overhead_cpus: 0.5 },
    debug: { console: true, log_level: "error" },
    vm_section: { allow: true },
  };
  t.same(withDefaults(file), {
    hypervisor: { driver: "qemu", allowedByAnnotation: ["qemu"] },
    qemu: {
      binary: "/q",
      accelerator: "tcg",
      machine: "microvm",
      agentTransport: "vsock",
      vhostDeviceVsock: "/v",
      user: "u",
      keepUser: usersOwn() !== undefined,
      liveTemplates: false,
      vhostNet: "on",
      hugePages: true,
      extraArguments: ["-x"],
    },
    kvmtool: { binary: "/l", user: "k", agentTransport: "console", balloon: true, extraArguments: ["-y"] },
    xen: { xl: "/x", guest: "pv", pvKernel: "/p", extraConfig: ["e = 1"] },
    guest: {
      kernel: "/k",
      image: "/i",
      kernelParameters: ["p"],
      memoryBytes: 64 * 1024 * 1024,
      vcpus: 9,
      bootTimeoutMs: 1,
      agentTimeoutMs: 2,
      heartbeatMs: 3,
    },
    template: { enabled: false },
    share: { backend: "disk", virtiofsd: "/v", diskDir: "/d", diskRoomBytes: 2 * 1024 * 1024 },
    paths: { runDir: "/r", templateDir: "/t", stateRoot: "/s" },
    hostCgroup: { mode: "mirror", overhead: { memoryBytes: 65 * 1024 * 1024, pids: 66, cpus: 0.5 } },
    debug: { console: true, logLevel: "error" },
    vmSection: { allow: true },
  });
});

t.test("the configuration's schema knows the registered drivers and describes every key", async (t) => {
  const { driver, allowed_by_annotation: allowed } = schema.properties["hypervisor"]?.properties ?? {};
  t.same(driver?.enum, ["auto", ...driverNames]);
  t.same(allowed?.items?.enum, driverNames);
  for (const [section, { properties }] of Object.entries(schema.properties)) {
    for (const [key, { description }] of Object.entries(properties)) t.ok(description, `${section}.${key}`);
  }
});
