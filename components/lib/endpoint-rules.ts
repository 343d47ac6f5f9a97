import type { Rule } from "./alert-rules.ts";

const DAY = 86_400;

/**
 * Days before its end at which a certificate is told of. cert-manager and the clouds renew when a third of the time is left: 30 days of Let's Encrypt's 90, and
 * still 15 of the 45 to 47 that certificates have from 2028 on (letsencrypt.org, CA/Browser Forum's ballot SC-081). At 14 that has failed, whoever renews,
 * and a person who buys one has two weeks; at 7 it is this week's first task.
 */
export const ENDING_DAYS = { warning: 14, critical: 7 } as const;

/** Seconds that each certificate has left, by host; it is looked at whoever has signed it. */
export const CERTIFICATE_LEFT =
  'min by (instance) (probe_ssl_earliest_cert_expiry{job="certificate"}) - time()';

/** Whether each host answers a caller who checks its certificate: 1, or 0 where it does not, or nobody can say. */
export const ENDPOINT_UP =
  'min by (instance) (probe_success{job="endpoint"} or up{job="endpoint"})';

/** The alerts on the endpoint as callers meet it. While all sleeps, nobody asks and nothing is told: the exporter sleeps too. */
export function endpointRules(): Rule[] {
  return [
    {
      alert: "EndpointDown",
      expr: `${ENDPOINT_UP} == 0`,
      // A roll-out or a waking is shorter.
      for: "5m",
      labels: { severity: "critical" },
      annotations: {
        summary: "Callers of {{ $labels.instance }} get no answer, or no certificate to trust",
        description:
          "Ask as they do, with curl -v; the exporter's log says what it got: kubectl logs deployment/blackbox-exporter",
      },
    },
    ...(["warning", "critical"] as const).map((severity) => ending(severity)),
  ];
}

function ending(severity: keyof typeof ENDING_DAYS): Rule {
  const days = ENDING_DAYS[severity];
  return {
    alert: "CertificateEnding",
    expr: `${CERTIFICATE_LEFT} < ${days * DAY}`,
    for: "5m",
    labels: { severity },
    annotations: {
      summary: `The certificate of {{ $labels.instance }} ends within ${days} days`,
      description:
        "It was not renewed in time: look at who makes it, with cert-manager by kubectl describe certificate",
    },
  };
}
