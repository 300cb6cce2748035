import t from "tap";
import { killContainer } from "../../../../src/host/sandbox/operations/kill-container.js";
import type { Sandbox } from "../../../../src/host/sandbox/sandbox.js";

t.test("killContainer() has the VM's end wait for the guest's answer", async (t) => {
  const told: string[] = [];
  let answer: () => void = () => undefined;
  const sandbox: Pick<Sandbox, "callAgent" | "finishing"> & { container: () => { require: () => void } } = {
    container: () => ({ require: () => undefined }),
    callAgent: async <T>() => {
      await new Promise<void>((resolve) => (answer = resolve));
      told.push("answered");
      return {} as T;
    },
    finishing: async (work) => {
      const result = await work;
      told.push("free to end");
      return result;
    },
  };
  const killing = killContainer(
    sandbox as unknown as Sandbox,
    { containerId: "c", signal: 9, all: true },
    new AbortController().signal,
  );
  t.same(told, [], "it waits");
  answer();
  t.same(await killing, {});
  t.same(told, ["answered", "free to end"]);
});
