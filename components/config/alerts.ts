import { z } from "zod";
import { leadsTo, port, secret, server, text, webAddress } from "./values.ts";

/** Which alerts a receiver gets. */
const severity = z
  .enum(["all", "critical"])
  .prefault("all")
  .describe("`critical`: only what must wake somebody.");

const receiver = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("slack").describe("A channel of Slack."),
    url: secret.describe("Address of its incoming webhook."),
    severity,
  }),
  z.strictObject({
    kind: z.literal("pagerduty").describe("A service of PagerDuty."),
    routingKey: secret.describe("Its integration key, of the Events API v2."),
    severity,
  }),
  z.strictObject({
    kind: z.literal("email").describe("An address."),
    to: text.describe("Who is told; several with commas between."),
    from: text.describe("Sender."),
    host: server.describe("Mail server."),
    addresses: leadsTo,
    port: port.prefault(587).describe("Its port."),
    tls: z.boolean().prefault(true).describe("Refuse to send without STARTTLS."),
    username: text.optional().describe("Account on the mail server; absent: it needs none."),
    password: secret.optional().describe("Its password."),
    severity,
  }),
  z.strictObject({
    kind: z.literal("webhook").describe("Any address that takes Alertmanager's JSON."),
    url: webAddress(["https:", "http:"]).describe("Where it is posted."),
    addresses: leadsTo,
    token: secret.optional().describe("Sent as a bearer token."),
    severity,
  }),
]);

/** Who is told of alerts. */
export const alerts = z.strictObject({
  receivers: z
    .array(receiver)
    .min(1, "names nobody: add a receiver, e.g. `- kind: slack`, or remove the key")
    .describe("Who is told."),
});

/** One that is told. */
export type Receiver = z.output<typeof receiver>;
