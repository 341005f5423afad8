import { Buffer } from "node:buffer";

/*
 * As much of OpenPGP as signatures of repositories and packages take, by RFC 4880 and RFC 9580. It
 * is read here, and not by a library, because the agent is one file that goes to every builder, and
 * because a signature's digest must be made while a database is read: its headers are not kept.
 */

export interface Packet {
  tag: number;
  body: Buffer;
}

/** Packets of a file that are taken: a keyring of a distribution has a few hundred. */
const mostPackets = 10_000;

/** The packets of binary or armoured data, as far as they are whole. */
export const packetsOf = (data: Buffer): Packet[] => {
  const found: Packet[] = [];
  for (const binary of binariesOf(data)) {
    for (let at = 0; at < binary.length && found.length < mostPackets;) {
      const packet = packetAt(binary, at);
      if (packet === undefined) break;
      found.push({ tag: packet.tag, body: packet.body });
      at = packet.end;
    }
  }
  return found;
};

/** RFC 9580, section 6.2: base64 between two lines, after headers; a checksum begins with `=`. */
const binariesOf = (data: Buffer): Buffer[] => {
  if ((data[0] ?? 0) >= 0x80) return [data];
  const [, ...blocks] = data.toString("latin1").split(/^-----BEGIN PGP /m);
  return blocks.map((block) => {
    const [inner = ""] = block.split("\n-----END PGP ", 1);
    const [, ...lines] = inner.split(/\r?\n/); // the first ends the line that begins it
    const blank = lines.findIndex((line) => line.trim() === "");
    const base64 = lines.slice(blank + 1).filter((line) => !line.startsWith("="));
    return Buffer.from(base64.join(""), "base64");
  });
};

/** RFC 9580, section 4.2: a header of the OpenPGP form or of the legacy one. */
const packetAt = (data: Buffer, at: number): (Packet & { end: number }) | undefined => {
  const first = data[at] ?? 0;
  if ((first & 0x80) === 0) return undefined;
  const modern = (first & 0x40) !== 0;
  const length = modern ? modernLength(data, at + 1) : legacyLength(data, at + 1, first & 3);
  if (length === undefined) return undefined;
  const end = length.at + length.value;
  if (end > data.length) return undefined;
  const tag = modern ? first & 0x3f : (first >> 2) & 0xf;
  return { tag, body: data.subarray(length.at, end), end };
};

interface Length {
  value: number;
  /** Where that begins which is so long. */
  at: number;
}

/** The same for packets and subpackets, but lengths in parts, which neither keys nor signatures have. */
export const modernLength = (data: Buffer, at: number): Length | undefined => {
  const [first, second] = [data[at], data[at + 1]];
  if (first === undefined) return undefined;
  if (first < 192) return { value: first, at: at + 1 };
  if (first < 224 && second !== undefined) {
    return { value: ((first - 192) << 8) + second + 192, at: at + 2 };
  }
  if (first !== 255 || at + 5 > data.length) return undefined;
  return { value: data.readUInt32BE(at + 1), at: at + 5 };
};

const legacyLength = (data: Buffer, at: number, type: number): Length | undefined => {
  const size = [1, 2, 4][type];
  if (size === undefined || at + size > data.length) return undefined;
  return { value: data.readUIntBE(at, size), at: at + size };
};

/** RFC 9580, section 3.2: so many numbers, each with its length in bits before it. */
export const numbersAt = (data: Buffer, at: number, count: number): Buffer[] | undefined => {
  const found: Buffer[] = [];
  for (let from = at; found.length < count;) {
    if (from + 2 > data.length) return undefined;
    const end = from + 2 + Math.ceil(data.readUInt16BE(from) / 8);
    if (end > data.length) return undefined;
    found.push(data.subarray(from + 2, end));
    from = end;
  }
  return found;
};
