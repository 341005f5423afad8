import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenImage, openImage } from "../../support/open-image.ts";
import { pretendMachine } from "../../support/pretend-machine.ts";
import { processesOf } from "../../support/processes.ts";
import { int64, noSystemCalls, socketAddress } from "../../support/system-calls.ts";
import { temporaryFolder, type TemporaryFolder } from "../../support/temporary-folder.ts";

let folder: TemporaryFolder;
let image: OpenImage;
beforeAll(async () => {
  folder = await temporaryFolder();
  // all that is started for the image has the folder in its environment
  const before = [...pretendMachine(folder.path), "env", `STARTED_FOR=${folder.path}`];
  image = await openImage({ folder: folder.path, before });
});
afterAll(async () => {
  await image[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const [SOCK_STREAM, SOCK_DGRAM, SOL_SOCKET] = [1, 2, 1];
const [SO_RCVTIMEO, SO_SNDTIMEO, SO_BINDTODEVICE, SO_BROADCAST] = [20, 21, 25, 6];
const second = Buffer.concat([int64(1), int64(0)]);

const option = (name: number, value: Buffer) => ({
  number: 54,
  arguments: [3, SOL_SOCKET, name, value, value.length],
});

/** Answers 0 when a TCP connection was made within a second. */
const tcp = (address: readonly number[], device?: string): Promise<number> => {
  const to = socketAddress(address, 8080);
  return image.call(
    { number: 41, arguments: [to.readUInt16LE(0), SOCK_STREAM, 0] },
    option(SO_SNDTIMEO, second),
    ...(device === undefined ? [] : [option(SO_BINDTODEVICE, Buffer.from(`${device}\0`))]),
    { number: 42, arguments: [3, to, to.length] },
  );
};

/** Answers 0 when a datagram was answered within a second. */
const udp = (address: readonly number[]): Promise<number> => {
  const to = socketAddress(address, 8080);
  const one = Buffer.from([1, 0, 0, 0]);
  return image.call(
    { number: 41, arguments: [to.readUInt16LE(0), SOCK_DGRAM, 0] },
    ...[option(SO_RCVTIMEO, second), option(SO_BROADCAST, one)],
    { number: 44, arguments: [3, "x", 1, 0, to, to.length] },
    { number: 45, arguments: [3, Buffer.alloc(8), 1, 0, 0, 0] },
  );
};

const words = (half: string) => (half === "" ? [] : half.split(":"));

const ipv6 = (text: string): number[] => {
  const [before = "", after = ""] = text.split("::");
  const middle = Array<string>(8 - words(before).length - words(after).length).fill("0");
  return [...words(before), ...middle, ...words(after)].flatMap((word) => {
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 255];
  });
};
const mapped = (address: readonly number[]) => [...ipv6("::ffff:0:0").slice(0, 12), ...address];

const neighbour = [198, 51, 100, 2];
/** The machine's own: its loopback, its place in the local network, a second address. */
const machine = [
  [127, 0, 0, 1],
  [198, 51, 100, 1],
  [203, 0, 113, 7],
];
/** slirp4netns' own: the machine behind it, its resolver, broadcast. */
const slirp = [
  [10, 0, 2, 2],
  [10, 0, 2, 3],
  [10, 0, 2, 4],
  [10, 0, 2, 255],
  [255, 255, 255, 255],
];
const metadata = [169, 254, 169, 254];

describe.skipIf(noSystemCalls !== "")(`a step${noSystemCalls}`, () => {
  test("reaches other machines, by TCP and UDP", async () => {
    expect(await tcp(neighbour)).toBe(0);
    expect(await tcp(mapped(neighbour))).toBe(0);
    expect(await udp(neighbour)).toBe(0);
  });

  test.each([...machine, ...slirp].map((address) => [address.join("."), address] as const))(
    "does not reach this machine as %s",
    async (_, address) => {
      expect(await tcp(address)).not.toBe(0);
      expect(await tcp(mapped(address))).not.toBe(0);
      expect(await udp(address)).not.toBe(0);
    },
  );

  test("does not reach the metadata service of a cloud, however it asks", async () => {
    expect(await tcp(metadata)).not.toBe(0);
    expect(await tcp(mapped(metadata))).not.toBe(0);
    expect(await udp(metadata)).not.toBe(0);
    // bound to a device, the kernel takes an address without route for a neighbour's
    expect(await tcp(metadata, "tap0")).not.toBe(0);
    expect(await tcp(ipv6("fd00:ec2::254"))).not.toBe(0);
    expect(await tcp(ipv6("fe80::1"))).not.toBe(0);
  });

  test("does not reach this machine by IPv6", async () => {
    for (const address of ["::1", "fd00:ec2::1"]) expect(await tcp(ipv6(address))).not.toBe(0);
  });

  test("reaches itself", async () => {
    const seen = await image.sh("nc -l -p 8081 -e true & sleep 0.2; ip addr show lo");
    expect(seen).toContain("127.0.0.1/8");
  });
});

test("what reads the packets of a step is itself shut in", async () => {
  const slirp = processesOf(folder.path).find(({ line }) => line.startsWith("slirp4netns"));
  const status = await readFile(`/proc/${slirp?.pid}/status`, "utf8");
  expect(status).toMatch(/^CapEff:\t0000000000000400$/m); // CAP_NET_BIND_SERVICE
  expect(status).toMatch(/^Seccomp:\t2$/m);
});

test("a step's names are answered by this machine's resolver", async () => {
  expect(await image.sh("nslookup -type=a example.test 10.0.2.3")).toContain("198.51.100.2");
});

test("a step does not see this machine's abstract sockets", async () => {
  expect(await image.sh("cat /proc/net/unix")).not.toContain("@answer");
});

test("a step cannot change its routes", async () => {
  const seen = await image.sh(
    `ip route del blackhole 169.254.0.0/16 && echo changed
     ip route add 169.254.169.254 dev tap0 && echo changed
     ip route add 10.9.0.0/16 via 10.0.2.2 && echo changed
     ip neigh add 169.254.169.254 lladdr 52:55:0a:00:02:02 dev tap0 && echo changed
     ip link set tap0 down && echo changed; true`,
  );
  expect(seen).not.toMatch(/^changed$/m);
});
