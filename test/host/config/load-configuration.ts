import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import t, { type Test } from "tap";
import { loadConfiguration } from "../../../src/host/config/load-configuration.js";
import { withDefaults } from "../../../src/host/config/with-defaults.js";

/** A directory with these files that is removed after the test. */
function directory(t: Test, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), "tskata-config-"));
  t.teardown(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

t.test("loadConfiguration() gives the defaults where there is no file", async (t) => {
  const config = await loadConfiguration({ directories: [path.join(directory(t, {}), "tskata")], environment: {} });
  t.same(config, withDefaults({}));
  t.equal(config.guest.memoryBytes, 2048 * 1024 * 1024);
  t.notOk("kernel" in config.guest);
});

t.test("loadConfiguration() lets drop-ins replace keys in the order of their names", async (t) => {
  const etc = directory(t, {
    "config.toml": '[guest]\nmemory_mib = 256\nvcpus = 2\nkernel_parameters = ["a", "b"]\n',
    "config.d/20-b.toml": "[guest]\nmemory_mib = 2048\n",
    "config.d/10-a.toml": '[guest]\nmemory_mib = 1024\nkernel_parameters = ["c"]\n[debug]\nconsole = true\n',
    "config.d/30-c.toml.bak": "no TOML",
  });
  const config = await loadConfiguration({ directories: [etc], environment: {} });
  t.equal(config.guest.memoryBytes, 2048 * 1024 * 1024);
  t.equal(config.guest.vcpus, 2);
  t.same(config.guest.kernelParameters, ["c"]);
  t.equal(config.debug.console, true);
});

t.test("loadConfiguration() lets a user's own files replace the system's", async (t) => {
  const root = directory(t, {
    "etc/config.toml": "[guest]\nmemory_mib = 256\nvcpus = 2\n",
    "etc/config.d/a.toml": "[guest]\nmemory_mib = 1024\n",
    "own/config.toml": "[guest]\nmemory_mib = 2048\n",
  });
  const directories = ["etc", "own", "none"].map((name) => path.join(root, name));
  const { guest } = await loadConfiguration({ directories, environment: {} });
  t.match(guest, { memoryBytes: 2048 * 1024 * 1024, vcpus: 2 });
});

t.test("loadConfiguration() reads drop-ins without a main file", async (t) => {
  const etc = directory(t, { "config.d/a.toml": "[guest]\nvcpus = 3\n" });
  t.equal((await loadConfiguration({ directories: [etc], environment: {} })).guest.vcpus, 3);
});

t.test("loadConfiguration() takes a named file, its own drop-ins and nothing else", async (t) => {
  const root = directory(t, {
    "etc/config.toml": "[guest]\nvcpus = 3\n",
    "etc/config.d/a.toml": "[guest]\nvcpus = 4\n",
    "x.toml": "[debug]\nconsole = true\n",
    "x.toml.d/a.toml": '[qemu]\nmachine = "microvm"\n',
    "y.toml": "[guest]\nvcpus = 5\n",
  });
  const source = { directories: [path.join(root, "etc")], environment: { TSKATA_CONFIG: path.join(root, "x.toml") } };
  const named = await loadConfiguration(source);
  t.equal(named.guest.vcpus, 1);
  t.equal(named.debug.console, true);
  t.equal(named.qemu.machine, "microvm");
  t.equal(
    (await loadConfiguration({ ...source, file: path.join(root, "y.toml") })).guest.vcpus,
    5,
    "--config goes first",
  );
  t.equal((await loadConfiguration({ ...source, environment: { TSKATA_CONFIG: "" } })).guest.vcpus, 4);
});

t.test("loadConfiguration() refuses a named file that doesn't exist", async (t) => {
  const file = path.join(directory(t, {}), "none.toml");
  await t.rejects(loadConfiguration({ file }), {
    code: "not-found",
    message: `the configuration can't be read: ENOENT: no such file or directory, open '${file}'`,
  });
});

t.test("loadConfiguration() names the file that is wrong", async (t) => {
  const etc = directory(t, { "config.toml": "[guest]\n", "config.d/a.toml": "[guest]\nvcpus = 0\n" });
  await t.rejects(loadConfiguration({ directories: [etc], environment: {} }), {
    code: "invalid-argument",
    message: `${etc}/config.d/a.toml: guest.vcpus: found 0, expected an integer from 1 to 256`,
  });
});

t.test("loadConfiguration() says where a file or directory can't be read", async (t) => {
  const etc = directory(t, { "config.toml/x": "", "other/config.d": "" });
  await t.rejects(loadConfiguration({ directories: [etc], environment: {} }), {
    code: "permission",
    message: /EISDIR/,
  });
  const other = path.join(etc, "other");
  chmodSync(other, 0o755);
  await t.rejects(loadConfiguration({ directories: [other], environment: {} }), {
    code: "permission",
    message: /ENOTDIR/,
  });
});
