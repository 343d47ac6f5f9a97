import assert from "node:assert/strict";
import { atTheDoor } from "../../components/grafana-login.ts";
import { Monitoring } from "../../components/monitoring.ts";
import { PeopleLogin } from "../../components/people-login.ts";
import { type Described, components, environment, testNamespace } from "./evaluation.ts";

export const KEYS = "https://keys.example.com:8443/realms/team/certs";
export const LOGIN = {
  ...{ issuer: "https://id.example.com/realms/team", addresses: ["10.40.0.0/16"], jwksUri: KEYS },
  ...{ clientId: "slipway", clientSecret: "canary" },
  ...{ admins: ["ml-admins"], trainers: ["ml-team"], readers: ["staff"] },
};
/** The same where everyone may look. */
export const { readers, ...EVERYONE } = LOGIN;
export type Login = typeof LOGIN | typeof EVERYONE;

/** The same login and Grafana, by themselves. */
export const alone = (settings: Login) =>
  components(() => {
    const namespace = testNamespace();
    const login = new PeopleLogin("login", { namespace, settings });
    const host = "grafana.ml.example.com";
    const people = { login, url: `https://${host}` };
    const { grafana } = new Monitoring("monitoring", { namespace, apis: [], people });
    assert.ok(grafana);
    const { service, access, url } = grafana;
    login.before({ service, access, url, host, https: true, ...atTheDoor(login) });
    return {};
  });
/** Variables of Grafana. */
export const grafana = (described: Described) =>
  environment(described.object("Deployment", "grafana"));
