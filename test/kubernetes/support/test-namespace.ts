import type { Test } from "tap";
import { withDeadline } from "../../../src/common/deadline.js";
import { pollUntil } from "../../../src/common/poll-until.js";
import { randomHex } from "../../../src/common/random-hex.js";
import type { CommandResult } from "../../support/tskata.js";
import { NODE } from "../cluster/addresses.js";
import { kubectl, type KubectlOptions, kubectlOk } from "./kubectl.js";

const DEADLINE_MS = 90_000;
const STEP_MS = 200;
/** As it is deployed. */
const RUNTIME_CLASS = "deploy/base/runtime-class.yaml";
/** Where pods of that class may run. */
const NODE_LABEL = "tskata.dev/runtime=installed";

/** An object of the API, as it is written. */
export type Manifest = Readonly<Record<string, unknown>>;

/** A namespace of the cluster for a test; at its end everything in it is removed, pods with their grace. */
export class TestNamespace {
  readonly name = `test-${randomHex(4)}`;

  private constructor() {}

  /** Makes one, in a cluster whose node and whose RuntimeClass `tskata` are made ready first. */
  static async make(t: Pick<Test, "teardown">): Promise<TestNamespace> {
    const made = new TestNamespace();
    await kubectlOk(["label", "--overwrite", "node", NODE, NODE_LABEL]);
    await kubectlOk(["apply", "-f", RUNTIME_CLASS]);
    await kubectlOk(["create", "namespace", made.name]);
    t.teardown(() => kubectlOk(["delete", "namespace", made.name]));
    await made.ok(["wait", "--for=create", "serviceaccount/default"]);
    return made;
  }

  /** Runs kubectl in it. */
  kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<CommandResult> {
    return kubectl(["--namespace", this.name, ...args], options);
  }

  /** Runs a kubectl in it that has to succeed. */
  ok(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    return kubectlOk(["--namespace", this.name, ...args], options);
  }

  /** Makes objects, or makes them what they are here. */
  apply(...items: readonly Manifest[]): Promise<string> {
    return this.ok(["apply", "-f", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) });
  }

  /** Waits until an object has a condition, or a value at a path, as `kubectl wait --for` takes it. */
  until(what: string, state: string): Promise<string> {
    return this.ok(["wait", `--for=${state}`, what, `--timeout=${DEADLINE_MS / 1000}s`]);
  }

  /** Waits until a pod answers to its readiness. */
  ready(pod: string): Promise<string> {
    return this.until(`pod/${pod}`, "condition=Ready");
  }

  /** What an object is at a path of kubectl's JSONPath, such as `{.status.phase}`. */
  field(what: string, path: string): Promise<string> {
    return this.ok(["get", what, "-o", `jsonpath=${path}`]);
  }

  /** What a script prints in a pod, whose container is the first one unless named; its end has to be a good one. */
  shell(pod: string, script: string, container?: string): Promise<string> {
    const named = container === undefined ? [] : ["--container", container];
    return this.ok(["exec", pod, ...named, "--", "sh", "-c", script]);
  }

  /** Waits until a script prints this in a pod, see `prints`. */
  shows(pod: string, script: string, wanted: string): Promise<void> {
    return this.prints(pod, ["sh", "-c", script], wanted);
  }

  /** Waits until a command prints this in a pod: for what tells the API nothing. It may fail before. */
  async prints(pod: string, command: readonly string[], wanted: string): Promise<void> {
    const looked = async (): Promise<boolean> => {
      const { status, text } = await this.kubectl(["exec", pod, "--", ...command]);
      return status === 0 && text === wanted;
    };
    await withDeadline(`${command.join(" ")} in ${pod}`, DEADLINE_MS, (signal) => pollUntil(looked, STEP_MS, signal));
  }

  /** Waits for an event of a pod's with a reason, and returns its message. */
  async warning(pod: string, reason: string): Promise<string> {
    const of = `involvedObject.name=${pod},type=Warning,reason=${reason}`;
    let message = "";
    const looked = async (): Promise<boolean> => {
      message = await this.ok(["get", "events", "--field-selector", of, "-o", "jsonpath={.items[*].message}"]);
      return message !== "";
    };
    await withDeadline(`an event ${reason} of ${pod}`, DEADLINE_MS, (signal) => pollUntil(looked, STEP_MS, signal));
    return message;
  }
}
