import t from "tap";
import { isBindMount } from "../../src/oci/is-bind-mount.js";

t.test("isBindMount() goes by the type and by the options", async (t) => {
  t.ok(isBindMount({ destination: "/a", type: "bind" }));
  t.ok(isBindMount({ destination: "/a", type: "none", options: ["rbind", "ro"] }));
  t.ok(isBindMount({ destination: "/a", options: ["bind"] }));
  t.notOk(isBindMount({ destination: "/a", type: "tmpfs", options: ["ro"] }));
});
