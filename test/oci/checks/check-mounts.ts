import t from "tap";
import { checkMounts } from "../../../src/oci/checks/check-mounts.js";
import type { Spec } from "../../../src/oci/config.js";
import type { Mount } from "../../../src/oci/mount.js";
import { reported } from "../fixtures/issues.js";

const IDS = [{ containerID: 0, hostID: 1000, size: 1 }];

function check(mount: Mount, linux: Spec["linux"] = {}): string[] {
  return reported((error, warning) => checkMounts({ ociVersion: "1.0.0", mounts: [mount], linux }, error, warning));
}

t.test("checkMounts() takes what is in order", async (t) => {
  t.same(check({ destination: "/proc", type: "proc" }), []);
  t.same(
    check({ destination: "/a", source: "b", options: ["rbind", "ridmap"], uidMappings: IDS, gidMappings: IDS }),
    [],
  );
  t.same(check({ destination: "/a", source: "b", options: ["bind", "idmap"] }, { namespaces: [{ type: "user" }] }), []);
});

t.test("checkMounts() says what the schema can't", async (t) => {
  const cases: [Mount, string[]][] = [
    [{ destination: "" }, ['mounts[0].destination: found "", expected an absolute path']],
    [
      { destination: "a" },
      ['warning: mounts[0].destination: found "a", expected an absolute path; it is taken as relative to /'],
    ],
    [{ destination: "/a", options: ["ro", "bind"] }, ["mounts[0].source: found nothing, expected a path to bind"]],
    [{ destination: "/a", source: "", options: ["rbind"] }, ['mounts[0].source: found "", expected a path to bind']],
    [
      { destination: "/a", source: "b", options: ["bind"], uidMappings: IDS },
      ['mounts[0].gidMappings: found nothing, expected mappings beside "uidMappings"'],
    ],
    [
      { destination: "/a", source: "b", options: ["bind"], gidMappings: IDS, uidMappings: [] },
      ['mounts[0].uidMappings: found nothing, expected mappings beside "gidMappings"'],
    ],
    [
      { destination: "/a", source: "b", options: ["bind", "ro", "idmap"] },
      ['mounts[0].options[2]: found "idmap", expected mappings, or a user namespace'],
    ],
    [
      {
        destination: "/a",
        source: "b",
        options: ["bind"],
        uidMappings: [{ containerID: 0, hostID: 0, size: 0 }],
        gidMappings: IDS,
      },
      ["mounts[0].uidMappings[0].size: found 0, expected at least 1"],
    ],
  ];
  for (const [mount, expected] of cases) t.same(check(mount), expected);
});
