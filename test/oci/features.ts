import t from "tap";
import { describeFeatures } from "../../src/oci/features.js";
import { matchesFeatures } from "../../src/oci/gen/output-validators.js";
import { parseJson } from "../../src/oci/parse-json.js";
import { checkSchema } from "../../src/oci/validation/check-schema.js";
import { lines } from "./fixtures/issues.js";
import { missing, sharedFiles } from "./fixtures/shared-files.js";

const BUILD = {
  version: "1.2.3",
  commit: "abc",
  apparmor: false,
  selinux: false,
  idmappedMounts: true,
  netDevices: false,
  checkpoint: false,
  systemdCgroup: false,
  vmAnnotations: ["io.tskata."],
};

t.test(
  "the features schema takes the good examples and refuses the bad",
  { skip: missing("oci-fixtures") },
  async (t) => {
    const good = sharedFiles("oci-fixtures/features/good", ".json");
    t.equal(good.length, 2);
    for (const { name, text } of good) t.same(checkSchema(matchesFeatures, parseJson(text, name)), [], name);
    const bad = sharedFiles("oci-fixtures/features/bad", ".json").map(({ name, text }) => [
      name,
      lines(checkSchema(matchesFeatures, parseJson(text, name))),
    ]);
    t.same(bad, [
      [
        "missing-ociVersionMax.json",
        ['ociVersionMax: found nothing, but "ociVersionMin", expected a value: this member is required'],
      ],
    ]);
  },
);

t.test("describeFeatures() is a features document", async (t) => {
  const features = describeFeatures(BUILD);
  t.same(checkSchema(matchesFeatures, features), []);
  t.equal(features.ociVersionMax, "1.3.0");
  t.same(features.annotations, {
    "io.tskata.version": "1.2.3",
    "io.tskata.commit": "abc",
    "io.tskata.checkpoint.enabled": "false",
  });
  t.notOk("io.tskata.commit" in describeFeatures({ ...BUILD, commit: "" }).annotations);
});

t.test("describeFeatures() lists every mount option that the specification wants", async (t) => {
  const wanted =
    "async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec " +
    "noiversion nolazytime norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime " +
    "remount rexec rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate " +
    "rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime " +
    "suid symfollow sync tmpcopyup unbindable idmap ridmap";
  const { mountOptions } = describeFeatures(BUILD);
  t.same(
    wanted.split(" ").filter((name) => !mountOptions.includes(name)),
    [],
  );
  t.same(mountOptions, [...new Set(mountOptions)].toSorted());
});

t.test("describeFeatures() lists what goes to a seccomp agent on the host", async (t) => {
  const { seccomp } = describeFeatures(BUILD).linux;
  t.ok(seccomp.actions.includes("SCMP_ACT_NOTIFY"));
  t.ok(seccomp.supportedFlags.includes("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"));
  t.same(seccomp.supportedFlags, seccomp.knownFlags);
});
