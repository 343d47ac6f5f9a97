import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Endpoint } from "../../components/endpoint.ts";
import type { Namespace } from "../../components/environment.ts";
import { Mlflow } from "../../components/mlflow.ts";
import { Monitoring } from "../../components/monitoring.ts";
import { ObjectStore } from "../../components/object-store.ts";
import { Postgres, type PostgresArgs } from "../../components/postgres.ts";
import { PredictionApi, type PredictionApiArgs } from "../../components/prediction-api.ts";
import { TrainingJob } from "../../components/training-job.ts";
import { WebUi } from "../../components/web-ui.ts";
import { type Described, at, components, refuses } from "../support/evaluation.ts";

const IMAGE = "registry.example.com/team/serving:1a2b3c4";
const MLFLOW = { url: "http://mlflow.ml-team:5000", secret: "login" };
const WINE = "examples/platform/models/wine.yaml";

function api(args: Partial<PredictionApiArgs> = {}): PredictionApi {
  const all = { namespace: "team-a", image: IMAGE, model: "churn", mlflow: MLFLOW, ...args };
  return new PredictionApi("churn-api", all);
}

const evaluate = (args: Partial<PredictionApiArgs> = {}): Promise<Described> =>
  components(() => ({ url: api(args).url }));

/** The first container of a Deployment or Job. */
function containerIn(described: Described, kind: string) {
  const [object] = described.kind(kind);
  return at(object, "spec.template.spec.containers.0");
}

describe("a prediction API on an MLflow that is there", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("logs in with a Secret by name: the user by a variable, the password by a file", () => {
    const container = containerIn(described, "Deployment");
    const env = at(container, "env") as { name: string }[];
    const mlflow = env.filter(({ name }) => name.startsWith("MLFLOW_"));
    assert.deepEqual(mlflow, [
      { name: "MLFLOW_TRACKING_URI", value: "http://mlflow.ml-team:5000" },
      {
        name: "MLFLOW_TRACKING_USERNAME",
        valueFrom: { secretKeyRef: { name: "login", key: "username" } },
      },
      { name: "MLFLOW_TRACKING_PASSWORD_FILE", value: "/run/secrets/mlflow/password" },
    ]);
    const volumes = at(described.object("Deployment", "churn-api"), "spec.template.spec.volumes");
    assert.deepEqual((volumes as unknown[])[1], {
      name: "mlflow",
      secret: { secretName: "login" },
    });
  });

  it("is let out to the namespace where it runs, and to names", () => {
    const [tracking, dns] = at(
      described.object("NetworkPolicy", "churn-api"),
      "spec.egress",
    ) as object[];
    assert.deepEqual(tracking, {
      to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ml-team" } } }],
      ports: [{ protocol: "TCP", port: 5000 }],
    });
    assert.deepEqual(at(dns, "ports.0"), { protocol: "UDP", port: 53 });
  });

  it("is let out to another port where told, or where the address is known later", async () => {
    const port = async (mlflow: PredictionApiArgs["mlflow"]) =>
      at(
        (await evaluate({ mlflow })).object("NetworkPolicy", "churn-api"),
        "spec.egress.0.ports.0.port",
      );
    assert.equal(await port({ url: "http://mlflow.ml-team", port: 5000 }), 5000);
    assert.equal(await port({ url: "https://mlflow.example.com", addresses: ["public"] }), 443);
    assert.equal(
      await port({ url: pulumi.output("http://m:1"), port: 8080, addresses: ["10.0.0.9/32"] }),
      8080,
    );
  });

  it("refuses an address whose port nobody knows", async () => {
    await refuses(
      () => api({ mlflow: { url: pulumi.output("https://mlflow.example.com") } }),
      /'mlflow.url' is known later: state 'mlflow.port'/,
    );
    await refuses(
      () => api({ mlflow: { url: "mlflow" } }),
      /'mlflow.url' \(mlflow\) is no address such as https:.*: state 'mlflow.port'/,
    );
  });

  it("refuses a name that may lead anywhere, and says what to write", async () => {
    await refuses(
      () => api({ mlflow: { url: "https://mlflow.example.com" } }),
      "'mlflow.addresses' is missing: mlflow.example.com is a name, and a network policy takes addresses: write [public] where it leads to " +
        "addresses of the internet alone, else the blocks that it leads to, such as [10.20.0.0/16]",
    );
    await refuses(
      () => api({ mlflow: { url: pulumi.output("http://m:1"), port: 1 } }),
      /'mlflow\.addresses' is missing: the host is known later/,
    );
    await refuses(() => {
      const apis = { churn: { url: "https://churn.example.com" } };
      return new WebUi("ui", { namespace: "team-a", image: IMAGE, apis });
    }, /'apis\.churn\.addresses' is missing/);
  });

  it("mounts nothing where no login is asked for", async () => {
    const open = await evaluate({ mlflow: { url: MLFLOW.url } });
    const container = containerIn(open, "Deployment");
    assert.doesNotMatch(JSON.stringify(container), /USERNAME|run\/secrets/);
  });

  it("has the requests and bounds that a stack has by default", () => {
    const container = containerIn(described, "Deployment");
    assert.deepEqual(at(container, "resources"), {
      requests: { cpu: "100m", memory: "192Mi" },
      limits: { memory: "512Mi" },
    });
    const scaler = described.object("HorizontalPodAutoscaler", "churn-api");
    assert.deepEqual([at(scaler, "spec.minReplicas"), at(scaler, "spec.maxReplicas")], [2, 10]);
  });
});

describe("a component in a namespace by name", () => {
  const labelsIn = async (namespace: Namespace) => {
    const described = await evaluate({ namespace });
    const { metadata } = described.object("Deployment", "churn-api");
    return [metadata.namespace, metadata.labels?.["app.kubernetes.io/instance"]];
  };

  it("makes neither a namespace nor what belongs to its owner", async () => {
    const described = await evaluate();
    const kinds = new Set(described.objects.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), [
      "Deployment",
      "HorizontalPodAutoscaler",
      "NetworkPolicy",
      "PodDisruptionBudget",
      "Service",
    ]);
  });

  it("labels its objects with the namespace's name, or another", async () => {
    assert.deepEqual(await labelsIn("team-a"), ["team-a", "team-a"]);
    assert.deepEqual(await labelsIn({ name: "team-a", instance: "fraud" }), ["team-a", "fraud"]);
  });

  it("pulls with Secrets by name, and leaves user ids out on OpenShift", async () => {
    const namespace = { name: "team-a", openshift: true, pullSecrets: ["quay"] };
    const described = await evaluate({ namespace });
    const pod = at(described.object("Deployment", "churn-api"), "spec.template.spec");
    assert.deepEqual(at(pod, "imagePullSecrets"), [{ name: "quay" }]);
    assert.equal(at(pod, "securityContext.runAsUser"), undefined);
    assert.match(JSON.stringify(described.object("NetworkPolicy", "churn-api")), /openshift-dns/);
  });

  it("waits for a namespace that the same program makes", async () => {
    const described = await components(() => {
      const object = new k8s.core.v1.Namespace("team-a", { metadata: { name: "team-a" } });
      const { url } = api({ namespace: { name: "team-a", object } });
      return { url };
    });
    assert.equal(described.object("Service", "churn-api").metadata.namespace, "team-a");
    assert.equal(described.outputs["url"], "http://churn-api.team-a:8000");
  });

  it("has a key of its own for the checksums of its passwords, and keeps data where told", async () => {
    const { resources } = await components(() => {
      new Postgres("postgres", { namespace: { name: "team-a", protect: true } });
      return {};
    });
    const key = resources.find(({ name }) => name === "postgres-hash-key");
    assert.deepEqual(key?.parents, ["slipway:data:Postgres"]);
    const claim = resources.find(({ type }) => type.endsWith(":PersistentVolumeClaim"));
    assert.equal(claim?.options.protect, true);
    assert.equal(at(claim.inputs, "metadata.name"), "team-a-postgres-data");
  });
});

describe("an image that an argument names", () => {
  it("is run by digest where there is one, and labelled by its tag", async () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    const found = await evaluate({ image: `registry.example.com:5000/serving:1a2b3c4@${digest}` });
    const container = containerIn(found, "Deployment");
    assert.equal(at(container, "image"), `registry.example.com:5000/serving@${digest}`);
    const { labels = {} } = found.object("Deployment", "churn-api").metadata;
    assert.equal(labels["app.kubernetes.io/version"], "1a2b3c4");

    const bare = await evaluate({ image: `registry.example.com/serving@${digest}` });
    const version = bare.object("Deployment", "churn-api").metadata.labels;
    assert.equal(version?.["app.kubernetes.io/version"], "abababa");
  });

  it("is refused where it names no version", () =>
    refuses(
      () => api({ image: "registry.example.com/serving" }),
      /'image' \(registry.example.com\/serving\) names no version, as 'latest' moves: name a tag/,
    ));
});

describe("other components by themselves", () => {
  it("train a model YAML by its path, on an MLflow that is there", async () => {
    const args = { namespace: "team-a", image: IMAGE, mlflow: MLFLOW, model: WINE };
    const described = await components(() => ({ job: new TrainingJob("wine", args).job }));
    assert.match(String(described.outputs["job"]), /^wine-[0-9a-f]{8}$/);
    assert.match(described.files("wine")["wine.yaml"] ?? "", /^name: wine-model$/m);
    const mounts = JSON.stringify(containerIn(described, "Job"));
    assert.match(mounts, /"key":"username","name":"login"/);
    await refuses(
      () => new TrainingJob("wine", { ...args, model: "models/none.yaml" }),
      "'models/none.yaml' cannot be read: add the file or correct its name",
    );
  });

  it("run MLflow on a database and a bucket that are there", async () => {
    const described = await components(() => {
      const database = { host: "db.example.com", addresses: ["10.20.0.0/16"], secret: "db-login" };
      const objectStore = {
        endpoint: "https://s3.example.com",
        addresses: ["public"],
        bucket: "models",
        secret: "s3-keys",
      };
      const args = { namespace: "team-a", image: IMAGE, database, objectStore };
      return { url: new Mlflow("mlflow", args).url };
    });
    const container = JSON.stringify(containerIn(described, "Deployment"));
    assert.match(container, /"name":"PGSSLMODE","value":"require"/);
    assert.match(
      container,
      /"PGUSER","valueFrom":\{"secretKeyRef":\{"key":"username","name":"db-login"/,
    );
    const spec = described.object("Deployment", "mlflow");
    const volumes = JSON.stringify(at(spec, "spec.template.spec.volumes"));
    assert.match(volumes, /"secretName":"db-login".*"secretName":"s3-keys"/);
    const egress = JSON.stringify(at(described.object("NetworkPolicy", "mlflow"), "spec.egress"));
    assert.deepEqual(egress.match(/"port":\d+/g)?.slice(0, 2), ['"port":5432', '"port":443']);
  });

  it("show APIs by their addresses on a page", async () => {
    const described = await components(() => {
      const apis = { churn: { url: "https://churn.example.com", addresses: ["public"] } };
      return { url: new WebUi("ui", { namespace: "team-a", image: IMAGE, apis }).url };
    });
    const egress = at(described.object("NetworkPolicy", "ui"), "spec.egress.0.ports.0.port");
    assert.equal(egress, 443);
  });

  it("watch an API", async () => {
    const described = await components(() => {
      new Monitoring("monitoring", { namespace: "team-a", apis: [api().reference] });
      return {};
    });
    assert.match(described.files("prometheus")["prometheus.yml"] ?? "", /job_name: churn-api/);
  });

  it("refuse settings that a stack file could not have either, by their path", async () => {
    const service = { name: "a", port: 1, selector: {}, health: "/" };
    const args = { namespace: "team-a", service };
    await refuses(
      () => new Endpoint("a", { ...args, settings: { kind: "ingress" } }),
      "'settings.host' is missing: 'ingress' routes by host name",
    );
    await refuses(
      () => new Endpoint("a", { ...args, settings: { kind: "nodePort" } }),
      "'nodePort' is missing: 'kind: nodePort' takes one from 30000 to 32767",
    );
    const settings = { kind: "external" } as unknown as PostgresArgs["settings"];
    await refuses(
      () => new Postgres("postgres", { namespace: "team-a", settings }),
      "'settings.host' is missing: it is a text\n'settings.password' is missing: it is a text",
    );
    await refuses(
      () => new ObjectStore("object-store", { namespace: "team-a" }),
      /'image' is missing: our own object store runs one that is built from images\/seaweedfs/,
    );
  });
});
