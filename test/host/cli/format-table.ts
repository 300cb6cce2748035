import t from "tap";
import { formatTable } from "../../../src/host/cli/format-table.js";

t.test("formatTable() aligns the columns and leaves the last one ragged", (t) => {
  const rows = [
    ["ID", "STATUS", "BUNDLE"],
    ["a-long-name", "running", "/b"],
  ];
  t.equal(formatTable(rows), "ID            STATUS    BUNDLE\na-long-name   running   /b\n");
  t.equal(formatTable([["ID", "X"]], 12), "ID          X\n");
  t.equal(formatTable([]), "");
  t.end();
});
