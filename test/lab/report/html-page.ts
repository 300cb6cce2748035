import { spawnSync } from "node:child_process";
import t from "tap";
import { htmlPage } from "../../../src/lab/report/html-page.js";
import { GOOD_HOST, GOOD_REPORT, GOOD_ROW, HOSTILE, mixedReport } from "./fixtures/example-report.js";

const MIXED_REPORT = mixedReport(HOSTILE);

/** What Python's HTML parser finds in a page. */
interface Page {
  /** End tags that close something else, and elements that are never closed. */
  readonly faults: readonly string[];
  readonly tags: readonly string[];
  readonly ids: readonly string[];
  readonly links: readonly string[];
  /** Other addresses, and handlers of events. */
  readonly active: readonly string[];
  readonly text: string;
}

const READER = `
import json, sys
from html.parser import HTMLParser
VOID = {"meta", "br", "line", "rect"}
class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.page = [], {"faults": [], "tags": [], "ids": [], "links": [], "active": [], "text": ""}
    def seen(self, tag, attrs):
        self.page["tags"].append(tag)
        for name, value in attrs:
            if name == "id": self.page["ids"].append(value)
            elif name == "href": self.page["links"].append(value)
            elif name in ("src", "action", "style") or name.startswith("on"): self.page["active"].append(name)
    def handle_starttag(self, tag, attrs):
        self.seen(tag, attrs)
        if tag not in VOID: self.open.append(tag)
    def handle_startendtag(self, tag, attrs):
        self.seen(tag, attrs)
    def handle_endtag(self, tag):
        if self.open[-1:] == [tag]: self.open.pop()
        else: self.page["faults"].append(tag)
    def handle_data(self, data):
        if self.open[-1:] != ["style"]: self.page["text"] += data
reader = Reader()
reader.feed(sys.stdin.buffer.read().decode())
reader.close()
reader.page["faults"] += reader.open
print(json.dumps(reader.page))
`;

function read(html: string): Page {
  const { status, stdout, stderr } = spawnSync("python3", ["-c", READER], { input: html, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Page;
}

t.test("htmlPage() is whole, and loads and runs nothing", async (t) => {
  const html = htmlPage(MIXED_REPORT);
  const page = read(html);
  t.match(html, /^<!doctype html>\n/);
  t.match(html, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'/);
  t.strictSame(page.faults, []);
  t.strictSame(page.active, []);
  const known =
    "html head meta title style body h1 p section h2 h3 dl dt dd div table thead tbody tr th td article pre a span br";
  const drawn = "figure figcaption svg line rect text";
  t.strictSame(
    [...new Set(page.tags)].filter((tag) => !`${known} ${drawn}`.split(" ").includes(tag)),
    [],
  );
  t.notMatch(html, /url\(|@import/);
  t.notMatch(html, /[^\P{Cc}\n]|\p{Cs}/u);
});

t.test("htmlPage() shows names as they are", async (t) => {
  const { text, tags } = read(htmlPage(MIXED_REPORT));
  t.match(text, '</td><script>alert("1")</script>&amp;\'red\ufffd');
  t.match(text, "an <x86> & more");
  t.notOk(tags.includes("script"));
});

t.test("htmlPage() tells hosts, rows, failures and skips", async (t) => {
  const { text } = read(htmlPage(mixedReport("exec")));
  t.match(text, "tskata 1.2.3 lab: failed");
  t.match(text, "3 passed, 2 failed, 1 skipped; 1 of 2 hosts failed");
  t.match(text, "can't connect: connection refused\nafter 3 tries");
  t.match(text, "absent: this is no Xen dom0");
  t.match(text, "assertion: it is <up>\n  at: here");
  t.match(text, 'contract > pauses root@lab1:22, qemu/tcg + serial: no "pause" here');
  t.match(text, "321 ms (301 to 350, 3 values)");
  t.match(text, "1234 MB/s (one value)");
  t.notMatch(text, "nothing (ms)", "what has no values isn't drawn");
});

t.test("htmlPage() links each failed or skipped test of the matrix to its detail", async (t) => {
  const { ids, links } = read(htmlPage(MIXED_REPORT));
  t.strictSame(ids, ["failed-1", "failed-2", "skipped-1"]);
  t.strictSame(links.toSorted(), ["#failed-1", "#failed-2", "#skipped-1"]);
});

t.test("htmlPage() has a column for each row that has tests of a group, and keeps tests of one name", async (t) => {
  const again = { group: "again", name: "same", outcome: "passed", durationMs: 1 } as const;
  const failed = { ...again, outcome: "failed" } as const;
  const html = htmlPage({
    ...GOOD_REPORT,
    hosts: [{ ...GOOD_HOST, rows: [GOOD_ROW, { ...GOOD_ROW, name: "xen pvh", tests: [again, failed] }] }],
  });
  const matrix = html.slice(html.lastIndexOf("<h3>again</h3>"));
  t.match(
    matrix,
    /<th scope="colgroup" colspan="1" class="soft">root@lab1:22<\/th><\/tr>\n<tr><th scope="col">xen pvh<\/th><\/tr>/,
  );
  t.match(matrix, /<td><span class="passed">.*✓.*<a class="failed" href="#failed-1">.*✗.*<\/td>/);
  t.match(read(html).text, "no details");
});

t.test("htmlPage() draws bars as long as the medians are", async (t) => {
  const measurements = [10, 20].map((value) => [{ name: "a", unit: "ms", values: [value / 2, value, value] }]);
  const rows = measurements.map((each) => ({ ...GOOD_ROW, measurements: each }));
  const html = htmlPage({ ...GOOD_REPORT, hosts: [{ ...GOOD_HOST, rows }] });
  const widths = [...html.matchAll(/<rect class="median" [^>]*width="([\d.]+)%"/g)].map(([, width]) => Number(width));
  t.strictSame(widths, [47.62, 95.24]);
  const ranges = [...html.matchAll(/<line class="range" x1="([\d.]+)%" [^>]*x2="([\d.]+)%"/g)];
  t.strictSame(
    ranges.map(([, from, to]) => [from, to]),
    [
      ["23.81", "47.62"],
      ["47.62", "95.24"],
    ],
  );
});

t.test("htmlPage() draws measurements of nothing but 0", async (t) => {
  const rows = [{ ...GOOD_ROW, measurements: [{ name: "a", unit: "ms", values: [0] }] }];
  const html = htmlPage({ ...GOOD_REPORT, hosts: [{ ...GOOD_HOST, rows }] });
  t.match(html, /<rect class="median" [^>]*width="0%"/);
  t.notMatch(html, /NaN|Infinity/);
});

t.test("htmlPage() can be written of a report without hosts", async (t) => {
  const { text, faults } = read(htmlPage({ ...GOOD_REPORT, hosts: [] }));
  t.match(text, "0 passed, 0 failed, 0 skipped");
  t.strictSame(faults, []);
});
