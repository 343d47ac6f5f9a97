import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

import { ICON } from "../../src/icon.ts";
import { startOpenApiWorld, type OpenApiWorld } from "../support/openapi-world.ts";
import { goodBodies, goodRequest, PROVOCATIONS } from "../support/provocations.ts";

type Schema = Record<string, unknown>;

interface Operation {
  security?: object[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, Content> }>;
}

interface Content {
  schema: Schema;
  example?: unknown;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/**
 * Objects with listed members may have no others: a description that left one out would otherwise pass.
 * References lead into the document's components, which are the schema's own `$defs` here.
 */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.fromEntries(
    Object.entries(schema).map(([key, part]) => [key, strict(part)]),
  );
  const { $ref } = parts;
  if (typeof $ref === "string") {
    parts["$ref"] = $ref.replace("#/components/schemas/", "#/$defs/");
  }
  return "properties" in parts ? { additionalProperties: false, ...parts } : parts;
}

function inBrief(body: string): string {
  const { type, title, detail } = JSON.parse(body) as Record<string, string>;
  return [
    type,
    title,
    detail?.replaceAll(/'[^']*'|version \S+ of model \S+|\S*\/\S+|\d+/g, "…"),
  ].join(" | ");
}

describe("OpenAPI", () => {
  let world: OpenApiWorld;
  let document: Document;
  let ajv: Ajv2020;
  /** What every route answered to every provocation. */
  const seen = new Map<string, Set<number>>();
  /** Kind, title and detail of every problem that was answered, numbers and names aside. */
  const problems = new Set<string>();

  before(async () => {
    world = await startOpenApiWorld();
    document = (await (await fetch(`${world.servers.usual}/docs/json`)).json()) as Document;
    ajv = new Ajv2020({ strict: false, validateFormats: false });
  });
  after(() => world.stop());

  /** Every route of the server: one that brings no schema is listed too, and then fails. */
  function operations(of = document): { route: string; operation: Operation }[] {
    return Object.entries(of.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        route: `${method.toUpperCase()} ${path}`,
        operation,
      })),
    );
  }

  function compiled(schema: Schema): ValidateFunction {
    return ajv.compile({
      ...(strict(schema) as object),
      $defs: strict(document.components.schemas),
    });
  }

  it("says of every route what it answers, status by status, and nothing else", async () => {
    const faults: string[] = [];
    for (const { route, operation } of operations()) {
      const statuses = new Set<number>();
      seen.set(route, statuses);
      for (const { what: how, server, change } of PROVOCATIONS) {
        const good = goodRequest(route, world.model);
        const answer = await world.ask(server, change?.(good, world) ?? good);
        const what = `${route}, ${how}: ${answer.status}`;
        statuses.add(answer.status);
        if (answer.status >= 400) problems.add(inBrief(answer.body.toString()));
        const response = operation.responses[String(answer.status)];
        if (response === undefined) {
          faults.push(`${what} is not described`);
          continue;
        }
        const [type = ""] = (answer.headers["content-type"] ?? "").split(";");
        const content = response.content?.[type];
        if (content === undefined) faults.push(`${what} has the type '${type}', not described`);
        else if (type.endsWith("json") && Object.keys(content.schema).length > 0) {
          const isValid = compiled(content.schema);
          if (!isValid(JSON.parse(answer.body.toString()))) {
            faults.push(`${what} is not as described: ${ajv.errorsText(isValid.errors)}`);
          }
        }
      }
      const described = Object.keys(operation.responses).map(Number);
      const unseen = described.filter((status) => !statuses.has(status));
      if (unseen.length > 0) faults.push(`${route}: ${unseen.join(", ")} described, never seen`);
    }
    assert.deepEqual(faults, []);
  });

  it("describes the bodies that are answered with 200, in every content type", async () => {
    const bodies = goodBodies(world.model);
    for (const { route, operation } of operations()) {
      const content = operation.requestBody?.content ?? {};
      const good = bodies.filter((body) => body.route === route);
      assert.deepEqual(
        [...new Set(good.map(({ type }) => type))].sort(),
        Object.keys(content).sort(),
        route,
      );
      for (const { type, headers = {}, body } of good) {
        const request = { ...goodRequest(route, world.model), body };
        const sent = { ...request, headers: { ...headers, "content-type": type } };
        const answer = await world.ask("usual", sent);
        assert.equal(answer.status, 200, `${route} ${type}: ${answer.body.toString()}`);
        if (type !== "application/json") continue;
        const isValid = compiled(content[type]?.schema ?? {});
        assert.ok(isValid(JSON.parse(String(body))), `${route}: ${ajv.errorsText(isValid.errors)}`);
      }
    }
  });

  it("shows with each status a problem that is answered with it, word for word but for names and numbers", () => {
    const shown = operations().flatMap(({ operation }) =>
      Object.entries(operation.responses).flatMap(([status, { content }]) => {
        const example = content?.["application/problem+json"]?.example;
        return Number(status) < 400 || content === undefined ? [] : [{ status, example }];
      }),
    );
    assert.ok(shown.length > 50);
    for (const { status, example } of shown) {
      assert.ok(example, status);
      assert.equal((example as { status: number }).status, Number(status));
      const brief = inBrief(JSON.stringify(example));
      assert.ok(problems.has(brief), `${brief} is none of\n${[...problems].join("\n")}`);
    }
  });

  it("has a page under our own name and icon, which is the web page's", async () => {
    const page = await (await fetch(`${world.servers.usual}/docs`)).text();
    assert.match(page, /<title>Slipway prediction API<\/title>/);
    assert.match(page, /rel="icon"[^>]*icon\.svg/);
    const icon = readFileSync(new URL("../../../ui/page/icon.svg", import.meta.url), "utf8");
    assert.equal(ICON, icon);
  });

  it("marks exactly the routes that ask for a token", async () => {
    const secured = (await (await fetch(`${world.servers.closed}/docs/json`)).json()) as Document;
    for (const { route, operation } of operations(secured)) {
      assert.equal(seen.get(route)?.has(401), operation.security !== undefined, route);
    }
  });
});
