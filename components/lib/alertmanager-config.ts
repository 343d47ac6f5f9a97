import type { Receiver } from "../config/alerts.ts";

/** Alerts that one receiver is told of together. */
const GROUP_BY = ["alertname", "job", "model"];

const TITLE =
  "[{{ .Status | toUpper }}] {{ .CommonLabels.alertname }}, {{ .CommonLabels.environment }}";
const TEXT =
  "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ .Annotations.runbook }}\n{{ end }}";

/**
 * Alertmanager's configuration (prometheus.io/docs/alerting/latest/configuration): a warning goes to those who want all
 * alerts, a critical one to everybody. It holds passwords, as outputs.
 */
export function alertmanagerConfig(receivers: readonly Receiver[]) {
  const everything = receivers.filter(({ severity }) => severity === "all");
  return {
    route: {
      receiver: "warnings",
      group_by: GROUP_BY,
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "12h",
      routes: [
        // Whoever asks for a test waits for it.
        { matchers: [`alertname="${TEST}"`], receiver: "everybody", group_wait: "1s" },
        { matchers: ['severity="critical"'], receiver: "everybody", repeat_interval: "4h" },
      ],
    },
    // While nothing answers, slow answers are no news.
    inhibit_rules: [
      {
        source_matchers: ['alertname="PredictionApiDown"'],
        target_matchers: ['severity="warning"'],
        equal: ["job"],
      },
    ],
    receivers: [
      { name: "everybody", ...configsOf(receivers) },
      { name: "warnings", ...configsOf(everything) },
    ],
  };
}

/** Name of the alert that `npm run alert-test` makes fire. */
export const TEST = "AlertTest";

function configsOf(receivers: readonly Receiver[]) {
  const made = receivers.map(configOf);
  const keys = [...new Set(made.map(([key]) => key))];
  return Object.fromEntries(
    keys.map((key) => [key, made.flatMap(([of, config]) => (of === key ? [config] : []))]),
  );
}

/** The key that lists receivers of a kind, and what stands there. */
function configOf(receiver: Receiver): readonly [key: string, config: object] {
  switch (receiver.kind) {
    case "slack":
      return [
        "slack_configs",
        { api_url: receiver.url, send_resolved: true, title: TITLE, text: TEXT },
      ];
    case "pagerduty":
      return ["pagerduty_configs", { routing_key: receiver.routingKey, description: TITLE }];
    case "email": {
      const { to, from, host, port, tls, username, password } = receiver;
      const account = { auth_username: username, auth_identity: username, auth_password: password };
      return [
        "email_configs",
        {
          ...{ to, from, smarthost: `${host}:${port}`, require_tls: tls, send_resolved: true },
          ...(username === undefined ? {} : account),
          headers: { Subject: TITLE },
        },
      ];
    }
    case "webhook": {
      const { url, token } = receiver;
      const authorization = { http_config: { authorization: { credentials: token } } };
      return ["webhook_configs", { url, ...(token === undefined ? {} : authorization) }];
    }
  }
}
