import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Forge } from "../../../tools/ci/forge.ts";
import { freePort } from "../../support/processes.ts";
import { npm } from "../../support/run-script.ts";

describe("scripts that only CI needs", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-ci-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  describe("npm run gitops", () => {
    it("commits nothing for a stack that Pulumi delivers, and is content", async () => {
      const { code, stdout, stderr } = await npm("gitops", ["--stack", "staging", "--push"]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^staging: delivery is pulumi: nothing to commit/);
    });
  });

  describe("npm run ci:comment", () => {
    const comments: { id: number; body: string }[] = [];
    const asked: string[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      void read(request).then((body) => {
        asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
        const { body: text = "" } = (body === "" ? {} : JSON.parse(body)) as { body?: string };
        const id = Number(/comments\/(\d+)$/.exec(request.url ?? "")?.[1]);
        if (request.method === "POST") comments.push({ id: comments.length + 1, body: text });
        const known = comments.find((comment) => comment.id === id);
        if (request.method === "PATCH" && known) known.body = text;
        const page = Number(
          new URL(request.url ?? "", "http://localhost").searchParams.get("page"),
        );
        response.statusCode = request.headers.authorization === "Bearer right" ? status : 401;
        response.end(
          JSON.stringify(
            request.method === "GET" ? comments.slice((page - 1) * 100, page * 100) : {},
          ),
        );
      });
    });
    let env: NodeJS.ProcessEnv = {};

    before((done) => {
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        env = {
          GITHUB_API_URL: `http://127.0.0.1:${port}`,
          GITHUB_REPOSITORY: "my-team/slipway",
          GITHUB_TOKEN: "right",
        };
        // More than one page of other people's comments.
        for (let id = 1; id <= 120; id++) comments.push({ id, body: "nice" });
        done();
      });
    });
    after(() => {
      server.close();
    });
    const post = (stack: string, words: string, more: NodeJS.ProcessEnv = {}) => {
      const path = file("comment.md", `<!-- slipway preview ${stack} -->\n${words}\n`);
      return npm("ci:comment", ["--file", path, "--pull-request", "12"], {
        env: { ...env, ...more },
      });
    };

    it("posts one comment a stack, and updates it in place from then on", async () => {
      for (const stack of ["dev", "prod"])
        assert.match((await post(stack, "first")).stderr, /posted/);
      assert.match((await post("dev", "second")).stderr, /updated/);
      assert.deepEqual(
        comments.slice(120).map(({ body }) => body),
        ["<!-- slipway preview dev -->\nsecond\n", "<!-- slipway preview prod -->\nfirst\n"],
      );
      assert.ok(asked.includes("POST /repos/my-team/slipway/issues/12/comments"), asked.join("\n"));
    });

    for (const [code, remedy] of [
      [
        403,
        /answered 403; the job needs `permissions: pull-requests: write` for comments, which a fork's/,
      ],
      [404, /answered 404; .*check GITHUB_REPOSITORY and the pull request's number/],
      [502, /answered 502; .*run the job again/],
    ] as const) {
      it(`says what to do about an answer of ${code}`, async () => {
        status = code;
        const ended = await post("dev", "third");
        status = 200;
        assert.equal(ended.code, 1);
        assert.match(ended.stderr, remedy);
      });
    }

    it("says that GitHub cannot be reached", async () => {
      const nobody = `http://127.0.0.1:${await freePort()}`;
      const { code, stderr } = await post("dev", "third", { GITHUB_API_URL: nobody });
      assert.equal(code, 1);
      assert.match(stderr, /^http:\S+ cannot be reached: .*ECONNREFUSED.*GITHUB_API_URL.*network$/);
    });

    it("says which variable is missing", async () => {
      const { stderr } = await post("dev", "third", { GITHUB_TOKEN: "" });
      assert.match(stderr, /GITHUB_TOKEN is not set: .*docs\/ci\.md/);
    });

    it("refuses a text without its mark, which it could never update", async () => {
      const { code, stderr } = await npm(
        "ci:comment",
        ["--file", file("other.md", "hello"), "--pull-request", "12"],
        { env },
      );
      assert.equal(code, 2);
      assert.match(stderr, /its first line is no mark/);
    });

    it("refuses what is no number of a pull request", async () => {
      const { code, stderr } = await npm(
        "ci:comment",
        ["--file", file("c.md", ""), "--pull-request", "main"],
        { env },
      );
      assert.equal(code, 2);
      assert.match(stderr, /--pull-request \(a number\)/);
    });
  });

  it("npm run ci:coverage needs what `npm run coverage` left, and says so", async () => {
    const { code, stderr, stdout } = await npm("ci:coverage");
    if (code === 0) assert.match(stderr + stdout, /\| \*\*all\*\* \| [\d.]+ % \| [\d.]+ % \|/);
    else assert.match(stderr, /run `npm run coverage` first/);
  });

  describe("npm run ci:check", () => {
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:1" } }],
      contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
      users: [{ name: "none", user: { token: "canary-token" } }],
      "current-context": "none",
    };

    it("names everything that is missing at once, and where it is set", async () => {
      const { code, stderr } = await npm("ci:check", ["--stack", "prod"], { env: { CI: "true" } });
      assert.equal(code, 4);
      for (const said of [
        /no Pulumi state: set the variable PULUMI_BACKEND_URL .*docs\/ci\.md#the-state/,
        /no way to the cluster: set the secret KUBECONFIG, .*GKE_CLUSTER \(docs\/ci\.md#the-cluster\)/,
        /predictions of this stack need a token: .*SLIPWAY_CLIENT_SECRET.*docs\/ci\.md#tokens/,
      ]) {
        assert.match(stderr, said);
      }
    });

    it("asks for no token before a preview", async () => {
      const { stderr } = await npm("ci:check", ["--stack", "prod", "--for", "preview"], {
        env: { CI: "true" },
      });
      assert.doesNotMatch(stderr, /SLIPWAY_CLIENT_ID/);
    });

    it("puts a kubeconfig from a secret into a file for its owner alone, and shows nothing of it", async () => {
      const env = {
        CI: "true",
        KUBECONFIG_TEXT: JSON.stringify(kubeconfig),
        GITHUB_ENV: file("env", ""),
        RUNNER_TEMP: folder,
      };
      const { stdout, stderr } = await npm("ci:check", ["--stack", "dev"], { env });
      assert.match(stderr, /cluster 'none' does not answer|kubectl is not on the PATH/);
      assert.doesNotMatch(stdout + stderr, /canary-token/);
      const path = /^KUBECONFIG=(.*)$/m.exec(readFileSync(join(folder, "env"), "utf8"))?.[1] ?? "";
      assert.equal(readFileSync(path, "utf8"), JSON.stringify(kubeconfig));
    });

    it("refuses a stack or a purpose that there is not", async () => {
      const env = { PULUMI_BACKEND_URL: "file:///tmp" };
      assert.match(
        (await npm("ci:check", ["--stack", "qa"], { env })).stderr,
        /there is no Pulumi\.qa\.yaml/,
      );
      assert.equal((await npm("ci:check", ["--stack", "dev", "--for", "fun"], { env })).code, 2);
      assert.equal((await npm("ci:check")).code, 2);
    });
  });
});

describe("the list of open pull requests", () => {
  it("is never taken for empty because GitHub could not be asked", async () => {
    process.env["GITHUB_REPOSITORY"] = "my-team/slipway";
    process.env["GITHUB_TOKEN"] = "t";
    process.env["GITHUB_API_URL"] = "http://127.0.0.1:1";
    try {
      await assert.rejects(new Forge().open("sandbox"));
    } finally {
      for (const name of ["GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_API_URL"])
        Reflect.deleteProperty(process.env, name);
    }
  });
});

async function read(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}
