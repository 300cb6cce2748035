import t from "tap";
import { matchesResources } from "../../../src/oci/gen/validators.js";
import { adoptNames } from "../../../src/oci/validation/adopt-names.js";
import { lines } from "../fixtures/issues.js";

t.test("adoptNames() renames at any depth, also below what it renamed", async (t) => {
  const document = { CPU: { Shares: 1 }, hugepageLimits: [{ pagesize: "2MB", LIMIT: 3 }] };
  t.same(lines(adoptNames(matchesResources, document)).toSorted(), [
    'warning: CPU: found this name, expected "cpu", and it is taken as that',
    'warning: cpu.Shares: found this name, expected "shares", and it is taken as that',
    'warning: hugepageLimits[0].LIMIT: found this name, expected "limit", and it is taken as that',
    'warning: hugepageLimits[0].pagesize: found this name, expected "pageSize", and it is taken as that',
  ]);
  t.same(document, { cpu: { shares: 1 }, hugepageLimits: [{ pageSize: "2MB", limit: 3 }] });
});

t.test("adoptNames() leaves a member alone whose right name is taken", async (t) => {
  const document = { cpu: {}, CPU: { shares: 1 } };
  t.same(adoptNames(matchesResources, document), []);
  t.same(document, { cpu: {}, CPU: { shares: 1 } });
});

t.test("adoptNames() leaves keys of maps and unknown names alone", async (t) => {
  const document = { unified: { CPU: "1" }, later: 1 };
  t.same(adoptNames(matchesResources, document), []);
  t.same(document, { unified: { CPU: "1" }, later: 1 });
});

t.test("adoptNames() warns of the first 100 and renames all", async (t) => {
  const document = { devices: Array.from({ length: 150 }, () => ({ Allow: true })) };
  t.equal(adoptNames(matchesResources, document).length, 100);
  t.ok(document.devices.every((rule) => "allow" in rule));
});
