/**
 * A server that speaks TLS and plain HTTP at one port and hands both on to a plain one, as a process of its own:
 * `both-schemes.ts PORT TARGET FOLDER`. Docker's programs speak plain HTTP to a registry at a loopback address, Pulumi's provider TLS.
 */
import { readFileSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";

const [port = "", target = "", folder = ""] = process.argv.slice(2);
/** First byte of a TLS record that opens a connection (RFC 8446, 5.1). */
const HANDSHAKE = 22;

const handOn = (socket: Socket) => {
  const there = connect(Number(target), "127.0.0.1");
  for (const [one, other] of [[socket, there] as const, [there, socket] as const]) {
    one.pipe(other);
    one.on("error", () => other.destroy());
  }
};
const pem = (name: string) => readFileSync(join(folder, name));
const secure = createTlsServer({ key: pem("key.pem"), cert: pem("certificate.pem") }, handOn);

createServer((socket) => {
  socket.once("error", () => socket.destroy());
  socket.once("data", (first: Buffer) => {
    socket.pause();
    socket.unshift(first);
    if (first[0] === HANDSHAKE) secure.emit("connection", socket);
    else handOn(socket);
  });
}).listen(Number(port), "127.0.0.1");
