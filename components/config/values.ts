import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { addressProblem } from "../lib/destinations.ts";
import { scheduleProblem } from "../lib/schedule.ts";
import {
  hostProblem,
  labelProblem,
  objectNameProblem,
  serverProblem,
} from "../lib/object-names.ts";

/** Says what is wrong with a text and what is right, as the end of a sentence about it; undefined for a sound one. */
type TextRule = (text: string) => string | undefined;

/** A text that must keep a rule. The message repeats it unless `shown` is false, so this is not for secrets. */
export const ruled = (problemOf: TextRule, shown = true) =>
  z.string().check((ctx) => {
    const message = problemOf(ctx.value);
    if (message === undefined) return;
    ctx.issues.push({ code: "custom", input: ctx.value, message, params: { shown } });
  });

export const text = z.string().min(1, "is empty: give it a value, or remove the key");

/** Name of a namespace. */
export const namespaceName = ruled(labelProblem);
/** Name of any other object. */
export const objectName = ruled(objectNameProblem);
/** A host name or IPv4 address. */
export const host = ruled(hostProblem);
/** The same, or an IPv6 address. */
export const server = ruled(serverProblem);
export const cron = ruled(scheduleProblem);
export const port = z.int().min(1).max(65535);

/** A whole number that ends in a field of 32 bits. */
export const count = (min: number, max = 2 ** 31 - 1) => z.int().min(min).max(max);

/** An `https://` address with a host that exists in DNS; `also` is what else a rule has to say. */
export const webAddress = (
  protocols: readonly string[],
  also: (url: URL) => string | undefined = () => undefined,
) =>
  ruled((address) => {
    const must = `must be an ${protocols.map((protocol) => `${protocol}//`).join(" or ")} address`;
    if (
      !protocols.some((protocol) => address.startsWith(`${protocol}//`)) ||
      !URL.canParse(address)
    )
      return must;
    const url = new URL(address);
    if (url.username !== "" || url.password !== "") {
      return "holds an account: it has keys of its own, and an address is shown to everyone";
    }
    return serverProblem(url.hostname.replace(/^\[(.*)\]$/, "$1")) ?? also(url);
  });

/** Where a server of others is: a network policy takes addresses, and no names. */
export const addresses = z
  .array(ruled(addressProblem))
  .min(1, "is empty: remove it, or write where the host leads")
  .optional();

/** The same of a host that may be a name. */
export const leadsTo = addresses.describe(
  "Where it leads, e.g. `10.20.0.0/16`, or `public` for the internet; needed for a name that is no Service.",
);

/** A text that a program may know only later, from a resource it makes; what is known is held to its rules. */
export const flowing = (known: z.ZodType<string>) =>
  z
    .custom<Flowing>()
    .transform((value, ctx): Flowing =>
      pulumi.Output.isInstance(value) ? value : held(known, value, ctx),
    );

/** A value by the rules of `known`, whose issues are those of the key. */
function held<Value>(known: z.ZodType<Value>, value: unknown, ctx: z.RefinementCtx): Value {
  const { success, data, error } = known.safeParse(value);
  if (success) return data;
  for (const issue of error.issues) {
    // The input is what an issue that is found lacks, and one that is raised has.
    ctx.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
  }
  return z.NEVER;
}

type Flowing = string | pulumi.Output<string>;

/** An encrypted value: it stays a secret throughout the program. */
export const secret = flowing(text)
  .transform((value) => pulumi.secret(value))
  .meta({ secret: true });

/** Where a store of the External Secrets Operator has a value (external-secrets.io/latest/api/externalsecret). */
const stored = z.strictObject({
  store: objectName,
  storeKind: z.enum(["ClusterSecretStore", "SecretStore"]).prefault("ClusterSecretStore"),
  key: text,
  property: text.optional(),
});

/** Where a store has a value that neither the program nor Pulumi's state knows. */
export type Stored = z.output<typeof stored>;

/** Whether a value is in a store. */
export function isStored(value: unknown): value is Stored {
  return (
    typeof value === "object" &&
    value !== null &&
    !pulumi.Output.isInstance(value) &&
    "store" in value &&
    "key" in value
  );
}

/** An encrypted value, or where a store has it: for what ends in a key of a Secret and is known to nobody else. */
export const storable = z
  .custom<Flowing | z.input<typeof stored>>()
  .transform((value, ctx): pulumi.Output<string> | Stored =>
    typeof value === "object" && !pulumi.Output.isInstance(value)
      ? held(stored, value, ctx)
      : pulumi.secret(pulumi.Output.isInstance(value) ? value : held(text, value, ctx)),
  )
  .meta({ secret: true, stored: true });

/** OpenID Connect Discovery 1.0, 2: an issuer has neither query nor fragment. */
export const issuer = webAddress(["https:"], ({ search, hash }) =>
  search === "" && hash === ""
    ? undefined
    : "has a query or fragment, and an issuer has none: write what its tokens name as 'iss'",
);
