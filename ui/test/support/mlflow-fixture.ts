import { tmpdir } from "node:os";
import type { FastifyInstance } from "fastify";
import { buildApp } from "../../src/app.ts";
import type { MlflowSettings } from "../../src/settings.ts";
import { FakeApi } from "./fake-api.ts";

/** The model that the page knows. */
export const NAME = "diabetes-model";
/** Where its versions are. */
export const VERSIONS = `/api/models/${NAME}/versions`;

const SETTINGS = { port: 0, host: "127.0.0.1", logLevel: "silent", timeout: 300 };

/** The page's server, and a fake MLflow that it asks. */
export class MlflowFixture {
  app!: FastifyInstance;
  mlflow!: FakeApi;

  async start(): Promise<void> {
    this.mlflow = new FakeApi({});
    await this.mlflow.listen();
    await this.serve();
  }

  /** Starts the server anew, which then knows nothing; `null` tells it of no MLflow. */
  async serve(more: Partial<MlflowSettings> | null = {}): Promise<void> {
    const models = [{ name: NAME, url: "http://127.0.0.1:9" }];
    const asked = { url: this.mlflow.url, timeout: 300, ...more };
    const mlflow = more === null ? undefined : asked;
    this.app = await buildApp({ ...SETTINGS, models, mlflow }, tmpdir(), 0);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.mlflow.close();
  }

  /** Status and words of an answer that is a problem. */
  async problem(url: string): Promise<readonly [number, string]> {
    const answer = await this.app.inject(url);
    return [answer.statusCode, answer.json<{ detail: string }>().detail];
  }
}
