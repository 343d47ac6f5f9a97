import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { execa } from "execa";
import { question } from "../../page/question.ts";
import { describePage } from "../support/page-fixture.ts";

const ROW = { Sex: 'it\'s "he" \\ é', Age: 22.5, Alone: true, Port: "$HOME `x`" };

describe("the same question in code", () => {
  let url: string;
  let got: unknown[];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      got.push([request.method, request.headers["content-type"], body]);
      response.end('{"ok":true}');
    });
  });

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/models/a/predict`;
  });
  after(() => server.close());
  beforeEach(() => {
    got = [];
  });

  it("is a command that a shell runs, whatever a text has in it", async () => {
    await execa("sh", ["-c", question("curl", url, ROW)]);
    assert.deepEqual(got, [["POST", "application/json", ROW]]);
  });

  it("is a module that Node runs", async () => {
    const { stdout } = await execa("node", [
      "--input-type=module",
      "-e",
      question("JavaScript", url, ROW),
    ]);
    assert.deepEqual(got, [["POST", "application/json", ROW]]);
    assert.equal(stdout, "{ ok: true }");
  });

  it("is a program that Python reads as the same row", () => {
    const text = question("Python", url, ROW);
    const row = text.split("\n").find((line) => line.startsWith("row = ")) ?? "";
    const script = `import json\n${row}\nprint(json.dumps(row))`;
    const read = execFileSync("python3", ["-c", script], { encoding: "utf8" });
    assert.deepEqual(JSON.parse(read), ROW);
    assert.match(text, /^import requests\n/);
    assert.ok(text.endsWith(`print(requests.post("${url}", json=row).json())`), text);
  });
});

describePage("the same question in code, on the page", (on) => {
  it("is copied, or selected where the browser forbids to copy", async () => {
    await on.openForm("", { permissions: ["clipboard-read", "clipboard-write"] });
    await on.predict("Élevé");
    await on.answer().getByText("The same in code").click();
    await on.page.getByLabel("Written in").selectOption("Python");
    await on.answer().getByText("import requests").waitFor();
    await on.button("Copy").click();
    await on.button("Copied").waitFor();
    const copied = await on.page.evaluate<string>("navigator.clipboard.readText()");
    assert.match(copied, /^import requests\n\nrow = \{"Pregnancies": 6/);
    await on.page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))");
    await on.page.getByLabel("Written in").selectOption("JavaScript");
    await on.page.getByRole("button", { name: /^Cop/ }).click();
    await on.until(async () =>
      (await on.page.evaluate<string>("String(getSelection())")).startsWith("const response"),
    );
  });
});
