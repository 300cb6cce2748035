import t from "tap";
import { option } from "../../../hypervisors/qemu/option.js";

t.test("option() doubles commas and leaves the rest", (t) => {
  t.equal(option("a", {}), "a");
  t.equal(option("a,b", { c: "d,,e", f: 7, g: "=" }), "a,,b,c=d,,,,e,f=7,g==");
  t.end();
});
