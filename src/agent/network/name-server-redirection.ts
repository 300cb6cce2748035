import { CODE, CONTEXT, encodeProgram, type Instruction, RESULT } from "../cgroup/ebpf.js";
import { ATTACH_TYPES } from "../kernel/constants.js";
import type { Operation } from "../kernel/operation.js";
import { NAME_SERVER_ADDRESS } from "./name-server.js";

/** The port that every name server has. */
const NAME_PORT = 53;
/** A register that is free to use. */
const SCRATCH = 2;
/** Members of struct bpf_sock_addr (linux/bpf.h), in bytes. */
const OFFSET = { ip4: 4, ip6: 8, port: 24 } as const;
/** The words before an IPv4 address in an IPv6 one (RFC 4291, 2.5.5.2). */
const MAPPED_PREFIX = [0, 0, bigEndian(0x0000_ffff)];

/**
 * What has processes of a cgroup who speak to the name server's address and
 * port speak to another port there, and see the answers come from where they
 * expect them. (A server of the agent's on port 53 itself would keep
 * containers from having one.)
 *
 * @param cgroup path of it
 * @param port where the name server really is
 */
export function redirectNameServer(cgroup: string, port: number): Operation[] {
  const there = (family: 4 | 6): Uint8Array => redirection(family, NAME_PORT, port);
  const back = (family: 4 | 6): Uint8Array => redirection(family, port, NAME_PORT);
  const programs = [
    [ATTACH_TYPES.connect4, there(4)],
    [ATTACH_TYPES.connect6, there(6)],
    [ATTACH_TYPES.sendMessage4, there(4)],
    [ATTACH_TYPES.receiveMessage4, back(4)],
    [ATTACH_TYPES.receiveMessage6, back(6)],
  ] as const;
  return programs.map(([attachType, program]) => ({ op: "attach-address-program", path: cgroup, attachType, program }));
}

/** Where address and port are those, the port becomes another; everything is allowed. */
function redirection(family: 4 | 6, from: number, to: number): Uint8Array {
  const address = bigEndian(NAME_SERVER_ADDRESS.split(".").reduce((all, part) => all * 256 + Number(part), 0));
  const words = [
    ...(family === 4 ? [[OFFSET.ip4, address]] : []),
    ...(family === 6 ? [...MAPPED_PREFIX, address].map((word, index) => [OFFSET.ip6 + 4 * index, word]) : []),
    [OFFSET.port, portWord(from)],
  ] as [number, number][];
  const change: Instruction[] = [
    { code: CODE.moveConstant, to: SCRATCH, constant: portWord(to) },
    { code: CODE.storeWord, to: CONTEXT, from: SCRATCH, offset: OFFSET.port },
  ];
  const tests = words.flatMap(([offset, value], index): Instruction[] => {
    const rest = (words.length - 1 - index) * 2 + change.length;
    return [
      { code: CODE.loadWord, to: SCRATCH, from: CONTEXT, offset },
      { code: CODE.jumpIfWordNotEqual, to: SCRATCH, constant: value, offset: rest },
    ];
  });
  const allow: Instruction[] = [{ code: CODE.moveConstant, to: RESULT, constant: 1 }, { code: CODE.exit }];
  return encodeProgram([...tests, ...change, ...allow]);
}

/** A number as a little-endian processor reads one of the network's. */
function bigEndian(word: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(word);
  return bytes.readInt32LE();
}

/** Port members are words of which the first two bytes count. */
function portWord(port: number): number {
  return ((port & 0xff) << 8) | (port >> 8);
}
