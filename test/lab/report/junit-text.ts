import { spawnSync } from "node:child_process";
import t from "tap";
import { junitText } from "../../../src/lab/report/junit-text.js";
import { GOOD_HOST, GOOD_REPORT, HOSTILE, mixedReport } from "./fixtures/example-report.js";

const MIXED_REPORT = mixedReport(HOSTILE);

/** An element as Python's XML parser reads it. */
interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

const READER = `
import json, sys
from xml.etree import ElementTree
def element(e):
    return {"tag": e.tag, "attributes": e.attrib, "text": e.text or "", "children": [element(c) for c in e]}
print(json.dumps(element(ElementTree.fromstring(sys.stdin.buffer.read()))))
`;

/** Has another implementation read the XML, which refuses what isn't well-formed. */
function read(xml: string): Element {
  const { status, stdout, stderr } = spawnSync("python3", ["-c", READER], { input: xml, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Element;
}

t.test("junitText() has a testsuite for each row and each host that failed", async (t) => {
  const root = read(junitText(MIXED_REPORT));
  t.match(root, {
    tag: "testsuites",
    attributes: { name: "tskata 1.2.3 lab", tests: "8", failures: "3", errors: "0", skipped: "2", time: "83.000" },
  });
  t.strictSame(
    root.children.map(({ attributes: { name, hostname, tests, failures, skipped } }) => [
      name,
      hostname,
      tests,
      failures,
      skipped,
    ]),
    [
      ["nested kvm", "nested kvm", "1", "1", "0"],
      ["root@lab1:22 / qemu/kvm + vsock", "root@lab1:22", "3", "0", "0"],
      ["root@lab1:22 / qemu/tcg + serial", "root@lab1:22", "3", "2", "1"],
      ["root@lab1:22 / xen pv", "root@lab1:22", "1", "0", "1"],
    ],
  );
  t.equal(root.children[1]?.attributes["timestamp"], MIXED_REPORT.startedAt);
});

t.test("junitText() has a testcase for each test, with what is to be told of it", async (t) => {
  const [host, good, mixed, absent] = read(junitText(MIXED_REPORT)).children;
  t.match(host?.children, [
    {
      tag: "testcase",
      attributes: { classname: "nested kvm / host", name: "can be tried" },
      children: [
        {
          tag: "failure",
          attributes: { message: "can't connect: connection refused" },
          text: "can't connect: connection refused\nafter 3 tries",
        },
      ],
    },
  ]);
  t.match(good?.children[1], {
    tag: "testcase",
    attributes: { classname: "root@lab1:22 / qemu/kvm + vsock / contract", name: "boots", time: "1.234" },
    children: [],
  });
  const [, boots, pauses, hostile] = mixed?.children ?? [];
  t.match(boots?.children, [
    { tag: "failure", attributes: { message: "assertion: it is <up>" }, text: /\n {2}at: here$/ },
  ]);
  t.match(pauses?.children, [{ tag: "skipped", attributes: { message: 'no "pause" here' } }]);
  t.match(hostile, { attributes: { name: /^<\/td><script>alert\("1"\)<\/script>&amp;'\ufffd/ } });
  t.match(hostile?.children, [{ text: '</td><script>alert("1")</script>&amp;\'red\ufffd\ufffd\ufffd\nsecond line' }]);
  t.match(absent?.children[1]?.children, [{ tag: "skipped", attributes: { message: "this is no Xen dom0" } }]);
});

t.test("junitText() has facts and measurements as properties", async (t) => {
  const [, good] = read(junitText(MIXED_REPORT)).children;
  t.strictSame(
    good?.children[0]?.children.map(({ attributes }) => attributes),
    [
      { name: "kernel", value: "6.1.0" },
      { name: "processor", value: "an <x86> & more" },
      { name: "boot to agent (ms)", value: "321 300.5 350" },
      { name: "read (MB/s)", value: "1234" },
    ],
  );
});

t.test("junitText() keeps white space of names", async (t) => {
  const facts = { "a\tb": "c\nd\re" };
  const [suite] = read(junitText({ ...GOOD_REPORT, hosts: [{ ...GOOD_HOST, facts }] })).children;
  t.strictSame(suite?.children[0]?.children[0]?.attributes, { name: "a\tb", value: "c\nd\re" });
});

t.test("junitText() can be written of a report without hosts", async (t) => {
  t.match(read(junitText({ ...GOOD_REPORT, hosts: [] })), { attributes: { tests: "0" }, children: [] });
});
