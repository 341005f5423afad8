import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/*
 * A machine's services, on every address of its network: TCP and UDP on port 8080, DNS that has
 * one answer, and an abstract socket. Says so when they are there.
 */

const servers = [createServer().listen(8080, "::"), createServer().listen("\0answer")];
await Promise.all(servers.map((server) => once(server, "listening")));
const echo = createSocket("udp4");
echo.on("message", (bytes, from) => echo.send(bytes, from.port, from.address)).bind(8080);
const dns = createSocket("udp4").bind(53);
dns.on("message", (question, from) => {
  const end = question.indexOf(0, 12) + 5;
  const record = "c00c000100010000003c0004c6336402"; // A, 60 s, 198.51.100.2
  const isA = question.readUInt16BE(end - 4) === 1;
  const head = Buffer.from([
    ...question.subarray(0, 2),
    0x81,
    0x80,
    0,
    1,
    0,
    isA ? 1 : 0,
    0,
    0,
    0,
    0,
  ]);
  const body = [head, question.subarray(12, end), Buffer.from(isA ? record : "", "hex")];
  dns.send(Buffer.concat(body), from.port, from.address);
});
await Promise.all([echo, dns].map((socket) => once(socket, "listening")));
process.stdout.write("ready\n");
