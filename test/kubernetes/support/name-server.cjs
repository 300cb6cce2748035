// Answers questions for the IPv4 address of NAME with ADDRESS, others with none (RFC 1035), and says what was asked.
const { createSocket } = require("node:dgram");

const HEADER_BYTES = 12;
const [ANSWER, NO_NAME] = [0x8580, 0x8583];
const ADDRESS_TYPE = 1;

const server = createSocket("udp4");
server.on("message", (query, { port, address }) => {
  const labels = [];
  let at = HEADER_BYTES;
  for (; query[at] > 0; at += query[at] + 1) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
  const name = labels.join(".");
  console.log(name);
  const isKnown = name === process.env.NAME;
  const hasAnswer = isKnown && query.readUInt16BE(at + 1) === ADDRESS_TYPE;
  const header = Buffer.from([...query.subarray(0, 2), 0, 0, 0, 1, 0, hasAnswer ? 1 : 0, 0, 0, 0, 0]);
  header.writeUInt16BE(isKnown ? ANSWER : NO_NAME, 2);
  const question = query.subarray(HEADER_BYTES, at + 5);
  // a pointer to the name in the question, type, class, seconds to live, bytes
  const found = Buffer.from([0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, ...process.env.ADDRESS.split(".")]);
  server.send(Buffer.concat([header, question, ...(hasAnswer ? [found] : [])]), port, address);
});
server.bind(53);
