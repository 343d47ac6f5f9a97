import { writeFile } from "node:fs/promises";
import { CONFIG_FILE } from "../../../tools/lib/stack/sandbox.ts";
import { editStackFile } from "../../../tools/lib/stack/stack-file.ts";
import { npm } from "./commands.ts";
import { kubectl } from "./sandbox.ts";
import { ELSEWHERE, startElsewhere } from "./elsewhere.ts";

const PORT = 8080;

/** While it is there, a second receiver takes nothing. */
const REFUSES = "/tmp/refuses";

/** Prints what it is told, a line each; at `/second` there is another, which is silent. */
const RECEIVER = `
const { existsSync } = require("node:fs");
require("node:http").createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part)).on("end", () => {
    if (request.url === "/second") response.statusCode = existsSync("${REFUSES}") ? 400 : 200;
    else
      for (const { status, labels } of JSON.parse(body).alerts)
        console.log(status, labels.alertname, labels.job ?? labels.volume ?? "", labels.environment);
    response.end();
  });
}).listen(${PORT});`;

/** Starts somebody elsewhere who is told of alerts. @returns the address */
export async function startReceiver(): Promise<string> {
  const path = "jsonpath={.spec.template.spec.containers[0].image}";
  const image = await kubectl("get", "deployment/iris-model-api", "-o", path);
  await startElsewhere("receiver", PORT, { image, command: ["node", "-e", RECEIVER] });
  return `http://receiver.${ELSEWHERE}.svc.cluster.local:${PORT}/`;
}

/** What it was told, a line each: whether it fires or has ended, its name, of what, in which environment. */
export const told = (): Promise<string> =>
  kubectl("--namespace", ELSEWHERE, "logs", "deployment/receiver");

const exec = (...command: string[]) =>
  kubectl("--namespace", ELSEWHERE, "exec", "deployment/receiver", "--", ...command);

/** The second receiver refuses. */
export const refusingReceiver = {
  begin: () => exec("touch", REFUSES),
  end: () => exec("rm", REFUSES),
};

/** Deploys a stack file that tells nobody: what Alertmanager remembers goes, which has to be said once. */
export async function withoutReceivers(file: string): Promise<void> {
  await writeFile(CONFIG_FILE, file);
  editStackFile(CONFIG_FILE, { "slipway:allowDataLoss": ["alertmanager-data"] });
  await npm("deploy", "--yes", "--dirty");
  await writeFile(CONFIG_FILE, file);
}
