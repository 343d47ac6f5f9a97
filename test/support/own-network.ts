/** `own-network.ts FOLDER PORT,… PROGRAM ARGUMENT…`: runs a program in a network where only these ports lead out. */
import { execFileSync, spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";

const [folder = "", ports = "", program = "", ...args] = process.argv.slice(2);
execFileSync("ip", ["link", "set", "lo", "up"]);
for (const port of ports.split(",")) {
  createServer((socket) => {
    const socketOut = connect(join(folder, port));
    socket.pipe(socketOut).pipe(socket);
    socket.on("error", () => socketOut.destroy());
    socketOut.on("error", () => socket.destroy());
  }).listen(Number(port), "127.0.0.1");
}
const child = spawn(program, args, { stdio: "inherit" });
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code) => process.exit(code ?? 1));
