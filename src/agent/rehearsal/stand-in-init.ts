import type { Duplex } from "node:stream";
import { encodeFrame, encodeHeader, FrameDecoder, FrameKind, PREFACE } from "../../protocol/mux/frame.js";
import { channelPair } from "./channel-pair.js";

/**
 * What lies between host and agent in a guest: passes frames on both ways, and
 * ends each output at once that the agent hands over.
 *
 * @returns the host's end of the channel, and the agent's
 */
export function standInInit(): [host: Duplex, agent: Duplex] {
  const [host, toHost] = channelPair();
  const [agent, toAgent] = channelPair();
  toHost.on("data", (chunk: Buffer) => void toAgent.write(chunk));
  toHost.once("close", () => toAgent.destroy());
  for (const end of [toHost, toAgent]) end.on("error", () => undefined);
  const decoder = new FrameDecoder({
    onData: (streamId, bytes) => {
      toHost.write(encodeHeader(FrameKind.data, streamId, bytes.length));
      toHost.write(bytes);
    },
    onControl: (kind, streamId, number) => {
      if (kind === FrameKind.joinStdout || kind === FrameKind.joinStderr) {
        toHost.write(encodeFrame(FrameKind.end, streamId));
        toAgent.write(encodeFrame(FrameKind.over, streamId));
      } else if (kind !== FrameKind.forget) {
        toHost.write(encodeFrame(kind, streamId, kind === FrameKind.window ? number : undefined));
      }
    },
  });
  toHost.write(PREFACE);
  toAgent.on("data", (chunk: Buffer) => decoder.push(chunk));
  return [host, agent];
}
