import { join } from "node:path";
import t from "tap";
import { type Caller, usersOwn } from "../../../src/host/config/users-own.js";
import { withDefaults } from "../../../src/host/config/with-defaults.js";

const environment = { XDG_RUNTIME_DIR: "/run/user/7", HOME: "/home/u" };
const USER: Caller = { uid: 7, environment, passwdPath: "/none" };
const OWN = { runtimeDirectory: "/run/user/7", configDirectory: "/home/u/.config" };

t.test("usersOwn() has the directories of an ordinary user, and of root of that one's user namespace", async (t) => {
  t.strictSame(usersOwn(USER), OWN);
  const named = { ...environment, USER: "u" };
  t.strictSame(usersOwn({ ...USER, uid: 0, rootOutside: 7, environment: named }), OWN);
});

t.test("usersOwn() looks a home up that the environment doesn't have", async (t) => {
  const directory = t.testdir({ passwd: "root:x:0:0::/root:/bin/sh\nu:x:7:7::/users/u:/bin/sh\n" });
  const homeless = {
    environment: { XDG_RUNTIME_DIR: "/run/user/7" },
    passwdPath: join(directory, "passwd"),
  };
  const configDirectory = "/users/u/.config";
  t.match(usersOwn({ ...homeless, uid: 7 }), { configDirectory });
  t.match(usersOwn({ ...homeless, uid: 0, rootOutside: 7 }), { configDirectory });
  t.match(usersOwn({ ...homeless, uid: 8 }), { configDirectory: undefined });
});

t.test("usersOwn() leaves root, and whoever has no session, the system's directories", async (t) => {
  t.equal(usersOwn({ ...USER, uid: 0 }), undefined);
  const named = { ...environment, USER: "root" };
  t.equal(usersOwn({ ...USER, uid: 0, rootOutside: 7, environment: named }), undefined);
  t.equal(usersOwn({ ...USER, environment: { HOME: "/home/u" } }), undefined);
  t.equal(usersOwn({ ...USER, environment: { XDG_RUNTIME_DIR: "run" } }), undefined);
});

t.test("withDefaults() puts what isn't configured where the user may write", async (t) => {
  t.strictSame(withDefaults({ paths: { state_root: "/s" } }, OWN).paths, {
    runDir: "/run/user/7/tskata-vm",
    templateDir: "/run/user/7/tskata-templates",
    stateRoot: "/s",
  });
});

t.test("withDefaults() has QEMU stay an ordinary user's, whoever is configured", async (t) => {
  t.match(withDefaults({ qemu: { user: "vm" } }, OWN).qemu, { keepUser: true });
});
