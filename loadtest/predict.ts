/** k6 script: valid, varied predictions against one model's API, drawn from its own description. */
import { check } from "k6";
import http from "k6/http";
import { type ModelDescription, randomRow } from "./bodies.ts";
import { optionsFor } from "./scenarios.ts";

const URL = __ENV["URL"] ?? "";
const TOKEN = __ENV["TOKEN"];
const headers = {
  "Content-Type": "application/json",
  ...(TOKEN ? { Authorization: `Bearer ${TOKEN}` } : {}),
};

export const options = optionsFor(__ENV["SCENARIO"] ?? "smoke");

/** Asks the API once what it serves; every virtual user draws its rows from the answer. */
export function setup(): ModelDescription {
  const answer = http.get(`${URL}/model`, { headers, tags: { name: "model" } });
  if (answer.status !== 200) {
    throw new Error(`GET ${URL}/model answered ${answer.status}: is a model loaded?`);
  }
  return answer.json() as unknown as ModelDescription;
}

/** One prediction. */
export default function predict(model: ModelDescription): void {
  const body = JSON.stringify(randomRow(model));
  const answer = http.post(`${URL}/predict`, body, { headers, tags: { name: "predict" } });
  check(answer, {
    "status is 200": ({ status }) => status === 200,
    "names the model": (response) => response.json("model.name") === model.name,
  });
}
