import process from "node:process";
import Fastify from "fastify";

/** The cheapest server of Slipway's framework: parses a JSON body and sends it back. */
const app = Fastify();
app.post("/predict", (request) => request.body);
await app.listen({ host: "127.0.0.1", port: Number(process.env["PORT"]) });
