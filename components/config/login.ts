import { z } from "zod";
import { issuer, leadsTo, storable, text } from "./values.ts";

const groups = (may: string) => z.array(text).min(1, "names no group").describe(may);

/** How people log in. */
export const login = z.strictObject({
  issuer: issuer.describe("OpenID provider, e.g. `https://id.example.com/realms/team`."),
  addresses: leadsTo,
  clientId: text.describe("Name of this environment at the provider, which its tokens are for."),
  clientSecret: storable.describe("Its secret."),
  nameClaim: text.prefault("email").describe("Claim that names a person."),
  groupsClaim: text.prefault("groups").describe("Claim that lists a person's groups."),
  scope: text.prefault("openid email profile").describe("What is asked of the provider."),
  admins: groups("Groups of those who may do everything at MLflow."),
  trainers: groups("Groups of those who log runs and register models.").optional(),
  readers: groups(
    "Groups of those who look; absent: everyone whom the provider lets in.",
  ).optional(),
});
