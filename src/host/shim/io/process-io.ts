import { type Duplex, duplexPair } from "node:stream";
import type { MonitorStreamKind } from "../../sandbox/stdio-server.js";
import { FifoInput } from "./fifo-input.js";
import type { LoggedContainer } from "./logger-outputs.js";
import { nowhere } from "./nowhere.js";
import { openOutputs } from "./open-outputs.js";
import type { TaskIo } from "./task-io.js";

type KindAndStream = readonly [kind: MonitorStreamKind, stream: Duplex];

/** The standard streams of one process, open at the host's side. */
export class ProcessIo {
  /** What the supervisor joins with the guest's. */
  readonly streams: readonly KindAndStream[];
  /** Settles when all output is through, or can't be any more. */
  readonly drained: Promise<void>;
  readonly #input: FifoInput | undefined;

  private constructor(streams: readonly KindAndStream[], drained: Promise<void>, input: FifoInput | undefined) {
    this.streams = streams;
    this.drained = drained;
    this.#input = input;
  }

  /** @throws TskataError where one of them can't be opened; then none is open */
  static async open({ stdin, stdout, stderr, terminal }: TaskIo, container: LoggedContainer): Promise<ProcessIo> {
    const outputs = await openOutputs(terminal ? [stdout] : [stdout, stderr], container);
    let input: FifoInput | undefined;
    try {
      input = stdin === "" ? undefined : new FifoInput(stdin);
    } catch (error) {
      for (const { stream } of outputs) stream.destroy();
      throw error;
    }
    const [out = nowhere(), err = nowhere()] = outputs.map(({ stream }) => stream);
    const drained = Promise.all(outputs.map(({ closed }) => closed)).then(() => undefined);
    const streams: KindAndStream[] = terminal
      ? [["terminal", joined(input?.stream, out)]]
      : [
          ["stdin", input?.stream ?? nowhere()],
          ["stdout", out],
          ["stderr", err],
        ];
    return new ProcessIo(streams, drained, input);
  }

  /** Nothing more comes on standard input. */
  closeInput(): void {
    this.#input?.finish();
  }

  /** Breaks all of them off. */
  destroy(): void {
    for (const [, stream] of this.streams) stream.destroy();
  }
}

/** Both directions of a terminal as one. Without an input it stays open: at the end of one it would hang up. */
function joined(input: Duplex | undefined, out: Duplex): Duplex {
  const [ours, theirs] = duplexPair();
  input?.pipe(ours);
  ours.pipe(out);
  theirs.once("close", () => {
    input?.destroy();
    out.end();
  });
  // All that was said is through then.
  out.once("close", () => theirs.destroy());
  return theirs;
}
