import { z } from "zod";
import { issuer, leadsTo, storable, text, webAddress } from "./values.ts";

const groups = (may: string) => z.array(text).min(1, "names no group").describe(may);

/** How people log in. */
export const login = z.strictObject({
  issuer: issuer.describe("OpenID provider, e.g. `https://id.example.com/realms/team`."),
  addresses: leadsTo,
  jwksUri: webAddress(["https:"])
    .optional()
    .describe(
      "`jwks_uri` of `<issuer>/.well-known/openid-configuration`, which Grafana does not look up: people come to Grafana as well; absent: by port-forward alone.",
    ),
  clientId: text.describe("Name of this environment at the provider, which its tokens are for."),
  clientSecret: storable.describe("Its secret."),
  nameClaim: text.prefault("email").describe("Claim that names a person."),
  groupsClaim: text.prefault("groups").describe("Claim that lists a person's groups."),
  scope: text.prefault("openid email profile").describe("What is asked of the provider."),
  admins: groups("Groups of those who may do everything at MLflow, and are Admin at Grafana."),
  trainers: groups(
    "Groups of those who log runs and register models, and are Editor at Grafana.",
  ).optional(),
  readers: groups(
    "Groups of those who look (Viewer at Grafana); absent: everyone whom the provider lets in.",
  ).optional(),
});
