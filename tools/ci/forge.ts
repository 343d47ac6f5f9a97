import { appendFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { Failure } from "../lib/failure.ts";
import type { ForgeEnvironment } from "./check-environments.ts";

/** Most characters that GitHub takes in a comment. */
export const LONGEST_COMMENT = 65_536;

const commentList = z.array(z.object({ id: z.number(), body: z.string().nullable() }));
const issueList = z.array(z.object({ number: z.int(), body: z.string().nullable() }));
const pullRequests = z.array(
  z.object({ number: z.int(), labels: z.array(z.object({ name: z.string() })).optional() }),
);
const environmentList = z.object({
  environments: z.array(
    z.object({
      name: z.string(),
      protection_rules: z
        .array(z.object({ type: z.string(), reviewers: z.array(z.unknown()).optional() }))
        .optional(),
      deployment_branch_policy: z.object({}).nullish(),
    }),
  ),
});

/**
 * The GitHub repository that a workflow runs for, through its REST API.
 *
 * @throws Failure outside of a workflow: it names the variable that is missing.
 */
export class Forge {
  readonly #repository = needed("GITHUB_REPOSITORY", "the runner sets it, e.g. my-team/slipway");
  readonly #token = needed(
    "GITHUB_TOKEN",
    "give the step `env: GITHUB_TOKEN: ${{ github.token }}`",
  );
  readonly #api = process.env["GITHUB_API_URL"] ?? "https://api.github.com";

  /** Posts `body`, or updates the comment that begins with the same first line. */
  async comment(pullRequest: number, body: string): Promise<"posted" | "updated"> {
    const marker = body.split("\n", 1)[0] ?? "";
    const all = await this.#all(`issues/${pullRequest}/comments`, commentList);
    const mine = all.find((comment) => comment.body?.startsWith(marker));
    if (mine) await this.#ask("PATCH", `issues/comments/${mine.id}`, { body });
    else await this.#ask("POST", `issues/${pullRequest}/comments`, { body });
    return mine ? "updated" : "posted";
  }

  /**
   * Opens the issue whose body begins with `mark`, or updates it. Where nothing is wrong any more, an undefined `body`, it
   * is closed.
   */
  async issue(
    title: string,
    mark: string,
    body: string | undefined,
  ): Promise<"opened" | "updated" | "closed" | "none"> {
    const all = await this.#all("issues?state=open", issueList);
    const mine = all.find((issue) => issue.body?.startsWith(mark));
    if (mine === undefined && body === undefined) return "none";
    const closed = { state: "closed", state_reason: "completed" };
    const fields = body === undefined ? closed : { title, body };
    if (mine) await this.#ask("PATCH", `issues/${mine.number}`, fields);
    else await this.#ask("POST", "issues", fields);
    return body === undefined ? "closed" : mine ? "updated" : "opened";
  }

  /** Numbers of the open pull requests that carry `label`. */
  async open(label: string): Promise<number[]> {
    const all = await this.#all("pulls?state=open", pullRequests);
    return all
      .filter(({ labels = [] }) => labels.some(({ name }) => name === label))
      .map(({ number }) => number);
  }

  /** All environments; the first hundred, which is more than a repository of Slipway has. */
  async environments(): Promise<ForgeEnvironment[]> {
    const answer = await this.#ask("GET", "environments?per_page=100");
    return environmentList.parse(answer).environments.map((one) => ({
      name: one.name,
      reviewed: (one.protection_rules ?? []).some(
        ({ type, reviewers = [] }) => type === "required_reviewers" && reviewers.length > 0,
      ),
      limited: one.deployment_branch_policy != null,
    }));
  }

  async #all<T>(path: string, schema: z.ZodType<T[]>): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; ; page++) {
      const query = `${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`;
      const part = schema.parse(await this.#ask("GET", `${path}${query}`));
      found.push(...part);
      if (part.length < 100) return found;
    }
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const url = `${this.#api}/repos/${this.#repository}/${path}`;
    const response = await fetch(url, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${this.#token}`,
        "x-github-api-version": "2022-11-28",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    }).catch((error: unknown) => {
      const why = String((error as Error).cause ?? error);
      throw new Failure(`${url} cannot be reached: ${why}; check GITHUB_API_URL and the network`);
    });
    if (response.ok) return response.json();
    const what = `${method} ${path} of ${this.#repository} answered ${response.status}`;
    throw new Failure(`${what}; ${remedyOf(response.status)}`);
  }
}

function remedyOf(status: number): string {
  if (status === 404) {
    return "there is no such thing for this token: check GITHUB_REPOSITORY and the pull request's number";
  }
  if (status === 429 || status >= 500)
    return "GitHub is busy or in trouble: run the job again later";
  return "the job needs `permissions: pull-requests: write` for comments, which a fork's pull request never gets, `issues: write` for issues, and `actions: read` for environments";
}

/** Adds Markdown to the page of the workflow's run; without one, it goes to standard error. */
export function summarize(markdown: string): void {
  const file = process.env["GITHUB_STEP_SUMMARY"];
  if (file === undefined) process.stderr.write(`${markdown}\n`);
  else appendFileSync(file, `${markdown}\n`);
}

/** What a command has found, in Markdown: on standard output, in the file of `--out`, and on the page of a workflow's run. */
export function publish(markdown: string, out: string | undefined): void {
  process.stdout.write(`${markdown}\n`);
  if (out !== undefined) writeFileSync(out, markdown);
  if (process.env["GITHUB_STEP_SUMMARY"]) summarize(markdown);
}

/** Hands `values` to later steps, as outputs or as variables; does nothing outside of a workflow. */
export function handOn(
  where: "GITHUB_OUTPUT" | "GITHUB_ENV",
  values: Record<string, string>,
): void {
  const file = process.env[where];
  if (file === undefined) return;
  for (const [name, value] of Object.entries(values)) {
    // One line each: a line break would begin another variable.
    if (/[\r\n]/.test(value)) throw new Failure(`${name} has a line break; it cannot be handed on`);
    appendFileSync(file, `${name}=${value}\n`);
  }
}

function needed(name: string, where: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Failure(`${name} is not set: ${where}; see docs/ci.md`);
}
